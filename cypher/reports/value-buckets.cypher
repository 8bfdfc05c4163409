// /// report
// format     = 1
// title      = "Engagement value in buckets"
// question   = "What is a customer worth in all, and where does it come from?"
// summary    = "Own lifetime value, less what is credited to others, plus referral, plus influence: the four add up to engagement value (CEV), and no sale is in two buckets or with two customers"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["cev", "cev_referral", "cev_influence"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "cev", color = "quadrant" }
// [params]
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// customer = { type = "str", default = "", help = "Id of one customer, empty for the highest" }
// country  = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// clv            = { type = "float", title = "Own lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// credited_away  = { type = "float", title = "Credited to others", format = ",.2f", unit = "currency", help = "Part of it that is credited to those who referred or persuaded the customer; taken off" }
// by_referral    = { type = "float", title = "By referral", format = ",.2f", unit = "currency", help = "Others' lifetime value that the customer's recorded referrals earn" }
// by_influence   = { type = "float", title = "By influence", format = ",.2f", unit = "currency", help = "Others' lifetime value that the customer's persuasion earns: an estimate under stated assumptions" }
// cev            = { type = "float", title = "Engagement value", format = ",.2f", unit = "currency", help = "The sum of the four" }
// cev_low        = { type = "float", title = "From", format = ",.2f", unit = "currency", help = "90 % interval, from the uncertainty of persuasion alone" }
// cev_high       = { type = "float", title = "To", format = ",.2f", unit = "currency" }
// through_others = { type = "float", title = "Through others", format = ".0%", help = "Part of engagement value that others spend" }
// quadrant       = { type = "str", title = "Quadrant", help = "Champion: own and others high; Affluent: own; Advocate: others; Miser: neither" }
// country        = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.cev IS NOT NULL AND ($customer = '' OR c.id = $customer) AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.clv / unit AS clv, -s.cev_credited_away / unit AS credited_away,
       s.cev_referral / unit AS by_referral, s.cev_influence / unit AS by_influence, s.cev / unit AS cev,
       s.cev_low / unit AS cev_low, s.cev_high / unit AS cev_high,
       CASE WHEN s.cev > 0 THEN (s.cev_referral + s.cev_influence) / s.cev END AS through_others,
       s.value_quadrant AS quadrant, c.country AS country
ORDER BY cev DESC, customer_id
LIMIT $limit
