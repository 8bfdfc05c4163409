// /// report
// format     = 1
// title      = "Customers of a quadrant"
// question   = "Who are our champions, affluents, advocates or misers?"
// summary    = "Customers of one quadrant of the value matrix with own value and value through others; advocates come sorted by what others spend, the rest by engagement value"
// category   = "value"
// owner      = "marketing"
// revision   = 2
// maturity   = "stable"
// needs      = ["value_quadrant", "cev"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "point", x = "clv", y = "others", color = "quadrant" }
// [params]
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// quadrant = { type = "str", default = "Advocate", choices = ["Champion", "Affluent", "Advocate", "Miser"], help = "Which quadrant" }
// country  = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id  = { type = "str", title = "Customer" }
// name         = { type = "str", title = "Name" }
// quadrant     = { type = "str", title = "Quadrant", help = "Champion: own and others high; Affluent: own; Advocate: others; Miser: neither" }
// clv          = { type = "float", title = "Own lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// others       = { type = "float", title = "Through others", format = ",.2f", unit = "currency", help = "By referral and influence, each sale counted once" }
// by_referral  = { type = "float", title = "By referral", format = ",.2f", unit = "currency", help = "Others' lifetime value that the customer's recorded referrals earn" }
// by_influence = { type = "float", title = "By influence", format = ",.2f", unit = "currency", help = "Others' lifetime value that the customer's persuasion earns: an estimate under stated assumptions" }
// cev          = { type = "float", title = "Engagement value", format = ",.2f", unit = "currency", help = "Lifetime value with what flows through the customer, each sale in one bucket" }
// p_alive      = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// customers    = { type = "int", title = "Customers won", format = ",d" }
// certified    = { type = "bool", title = "Certified persuader", help = "Empty: too little evidence to judge" }
// country      = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.value_quadrant = $quadrant AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s, unit, CASE $quadrant WHEN 'Advocate' THEN s.cev_referral + s.cev_influence ELSE s.cev END AS rank
RETURN c.id AS customer_id, c.name AS name, s.value_quadrant AS quadrant, s.clv / unit AS clv,
       (s.cev_referral + s.cev_influence) / unit AS others, s.cev_referral / unit AS by_referral,
       s.cev_influence / unit AS by_influence, s.cev / unit AS cev, s.p_alive AS p_alive,
       s.referral_customers AS customers,
       CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified, c.country AS country
ORDER BY rank DESC, customer_id
LIMIT $limit
