// /// report
// format   = 1
// title    = "Persuaders"
// question = "Whose purchases bring in more purchases of friends than would have happened anyway?"
// summary  = "Customers by persuasion rate, with lift, interval and certificate: an estimate under stated assumptions, learned from what friends of the same kind buy at the same time"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "persuasion_rate"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "bar", x = "customer_id", y = "persuasion_rate", color = "certified" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// certified = { type = "bool", default = false, help = "Only certified persuaders" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// certified       = { type = "bool", title = "Certified", help = "Unlikely to be chance (false discovery rate of 10 % or less), lift of 1.5 or more, and the timing agrees" }
// persuasion_rate = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// extra_purchases = { type = "float", title = "Extra purchases", format = ",.1f", help = "Estimate: persuasion rate times friends who could have followed" }
// p_none          = { type = "float", title = "Chance of none", format = ".0%", help = "Probability that this customer persuades nobody" }
// lift            = { type = "float", title = "Lift", format = ".2f", help = "Follow-ons over expected ones, drawn towards 1 when there is little evidence" }
// lift_low        = { type = "float", title = "Lift from", format = ".2f", help = "90 % interval of the lift" }
// lift_high       = { type = "float", title = "Lift to", format = ".2f", help = "90 % interval of the lift" }
// observed        = { type = "int", title = "Follow-ons", format = ",d" }
// expected        = { type = "float", title = "Expected anyway", format = ",.1f", help = "Follow-ons that friends of the same kind make at that time without persuasion" }
// exposures       = { type = "int", title = "Friends who could follow", format = ",d", help = "Summed over the customer's purchases" }
// sigma           = { type = "float", title = "Sigma", format = ".1f", help = "How far beyond the expected, in standard deviations" }
// q               = { type = "float", title = "False discovery rate", format = ".3f", help = "Of the customers at least as surprising as this one, the share that is there by chance" }
// country         = { type = "str", title = "Country" }
// ///
// Customers below the evidence floor have no rate: nothing is known of them, which is not zero.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.persuasion_status = 'ok' AND coalesce(c.opted_out, false) = false
  AND ($certified = false OR s.certified_persuader) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.certified_persuader AS certified, s.persuasion_rate AS persuasion_rate,
       s.extra_purchases AS extra_purchases, s.p_none AS p_none, s.persuasion_lift AS lift,
       s.persuasion_lift_low AS lift_low, s.persuasion_lift_high AS lift_high, s.persuasion_observed AS observed,
       s.persuasion_expected AS expected, s.persuasion_exposures AS exposures, s.persuasion_sigma AS sigma,
       s.persuasion_q AS q, c.country AS country
ORDER BY persuasion_rate DESC, customer_id
LIMIT $limit
