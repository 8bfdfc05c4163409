// /// segment
// format     = 1
// title      = "Affluents"
// question   = "Who buys much and brings nobody yet?"
// summary    = "Customers in the quadrant Affluent of the value matrix: own lifetime value above its cut, value through others not; the report value-matrix shows the cuts"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["value_quadrant", "cev"]
// key        = ["customer_id"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// cev         = { type = "float", title = "Engagement value", format = ",.2f", unit = "currency", help = "Own lifetime value with what flows through the customer, each sale in one bucket" }
// clv         = { type = "float", title = "Own lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// others      = { type = "float", title = "Through others", format = ",.2f", unit = "currency", help = "By referral and influence" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.value_quadrant = 'Affluent' AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.cev / unit AS cev, s.clv / unit AS clv, (s.cev_referral + s.cev_influence) / unit AS others
ORDER BY clv DESC, customer_id
LIMIT $limit
