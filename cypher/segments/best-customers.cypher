// /// segment
// format     = 1
// title      = "Best customers"
// question   = "Who buys recently, often and for much?"
// summary    = "Customers in the better two fifths of recency, of frequency and of margin (RFM 444 to 555)"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["rfm", "past_customer_value"]
// key        = ["customer_id"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// rfm         = { type = "int", title = "RFM", format = ",d", help = "Recency, frequency, money, each 1 (worst) to 5 (best): 555 is best, 155 was among the best and stays away" }
// past_value  = { type = "float", title = "Past value", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// clv         = { type = "float", title = "Lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// p_alive     = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.recency_quintile >= 4 AND s.frequency_quintile >= 4 AND s.money_quintile >= 4 AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.rfm AS rfm, s.past_customer_value / unit AS past_value, s.clv / unit AS clv, s.p_alive AS p_alive
ORDER BY past_value DESC, customer_id
LIMIT $limit
