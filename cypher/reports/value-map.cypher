// /// report
// format   = 1
// title    = "Value map"
// question = "Where does each customer stand between own value and value through others?"
// summary  = "One dot a customer: own lifetime value across, value through others upwards, coloured by quadrant of the value matrix; those with the most value together first"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["value_quadrant", "cev_referral", "cev_influence"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "point", x = "clv", y = "others", color = "quadrant", title = "Own value and value through others" }
// [params]
// limit = { type = "int", default = 500, min = 1, max = 10000, help = "How many customers to show" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// quadrant    = { type = "str", title = "Quadrant", help = "Champion: own and others high; Affluent: own; Advocate: others; Miser: neither" }
// clv         = { type = "float", title = "Own lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// others      = { type = "float", title = "Through others", format = ",.2f", unit = "currency", help = "By referral and influence" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.value_quadrant IS NOT NULL AND coalesce(c.opted_out, false) = false
WITH c, s.value_quadrant AS quadrant, s.clv / unit AS clv, (s.cev_referral + s.cev_influence) / unit AS others
RETURN c.id AS customer_id, c.name AS name, quadrant, clv, others
ORDER BY coalesce(clv, 0.0) + coalesce(others, 0.0) DESC, customer_id
LIMIT $limit
