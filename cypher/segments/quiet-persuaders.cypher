// /// segment
// format   = 1
// title    = "Quiet persuaders"
// question = "Who has more influence than they think?"
// summary  = "Customers who say that they have little influence and measure high, by at least 50 percentile points; an estimate for each single person"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["self_declared_reading", "persuasion_rate"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id         = { type = "str", title = "Customer" }
// declared            = { type = "int", title = "Declared", format = "d", help = "What the customer says of having influence, 0 to 10" }
// measured_percentile = { type = "float", title = "Measured, percentile", format = ".0f", help = "Rank of the persuasion rate among customers with both figures" }
// persuasion_rate     = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// certified           = { type = "bool", title = "Certified persuader", help = "Unlikely to be chance (false discovery rate of 10 % or less), lift of 1.5 or more, and the timing agrees" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.self_declared_reading = 'quiet persuader'
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, toInteger(s.self_declared) AS declared, s.self_declared_measured AS measured_percentile,
       s.persuasion_rate AS persuasion_rate, coalesce(s.certified_persuader, false) AS certified
ORDER BY measured_percentile DESC, customer_id
LIMIT $limit
