// /// segment
// format     = 1
// title      = "Valuable and leaving"
// question   = "Whom should we win back?"
// summary    = "Customers who earned the shop much and have probably left: silence longer than their own rhythm explains"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["p_alive", "money_quintile", "past_customer_value"]
// key        = ["customer_id"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// p_alive = { type = "float", default = 0.5, min = 0.0, max = 1.0, help = "At most this probability of still being a customer" }
// money   = { type = "int", default = 4, min = 1, max = 5, help = "At least this quintile of margin earned: 4 and 5 are the better two fifths" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// p_alive     = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// past_value  = { type = "float", title = "Past value", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// days_ago    = { type = "float", title = "Days since the last", format = ",.0f" }
// rfm         = { type = "int", title = "RFM", format = ",d", help = "Recency, frequency, money, each 1 (worst) to 5 (best); a low first and a high last figure: was good, stays away" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.p_alive <= $p_alive AND s.money_quintile >= $money AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.p_alive AS p_alive, s.past_customer_value / unit AS past_value, s.recency_days AS days_ago, s.rfm AS rfm
ORDER BY past_value DESC, customer_id
LIMIT $limit
