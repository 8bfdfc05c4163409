// /// segment
// format   = 1
// title    = "Certified persuaders"
// question = "Whom should we invite because their friends follow them?"
// summary  = "Customers whose friends buy after them beyond chance, beyond shared taste and by at least half as much again as expected: an estimate under stated assumptions"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "certified_persuader", "persuasion_rate"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// persuasion_rate = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// extra_purchases = { type = "float", title = "Extra purchases", format = ",.1f", help = "Estimate: persuasion rate times friends who could have followed" }
// observed        = { type = "int", title = "Follow-ons", format = ",d" }
// expected        = { type = "float", title = "Expected anyway", format = ",.1f", help = "Follow-ons that friends of the same kind make at that time without persuasion" }
// lift            = { type = "float", title = "Lift", format = ".2f", help = "Follow-ons over expected ones, drawn towards 1 when there is little evidence" }
// lift_low        = { type = "float", title = "Lift from", format = ".2f", help = "Lower end of the 90 % interval of the lift" }
// q               = { type = "float", title = "False discovery rate", format = ".3f", help = "Of the customers at least as surprising as this one, the share that is there by chance" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.certified_persuader AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.persuasion_rate AS persuasion_rate, s.extra_purchases AS extra_purchases,
       s.persuasion_observed AS observed, s.persuasion_expected AS expected, s.persuasion_lift AS lift,
       s.persuasion_lift_low AS lift_low, s.persuasion_q AS q
ORDER BY persuasion_rate DESC, customer_id
LIMIT $limit
