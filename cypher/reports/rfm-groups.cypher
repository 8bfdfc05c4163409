// /// report
// format     = 1
// title      = "RFM groups"
// question   = "How do customers divide by how recently, how often and for how much they buy?"
// summary    = "Customers in named groups of RFM codes, with what each group spends and is expected to bring: quintiles of recency, frequency and margin among customers who bought"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["rfm", "past_customer_value"]
// key        = ["rfm_group"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "rfm_group", y = "customers" }
// [params]
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// rfm_group      = { type = "str", title = "Group" }
// codes          = { type = "str", title = "Codes", help = "Recency, frequency, money; 5 is the best fifth" }
// customers      = { type = "int", title = "Customers", format = ",d" }
// customer_share = { type = "float", title = "Of all", format = ".1%" }
// revenue        = { type = "float", title = "Revenue", format = ",.2f", unit = "currency" }
// past_value     = { type = "float", title = "Past value", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// value_share    = { type = "float", title = "Of past value", format = ".1%" }
// mean_value     = { type = "float", title = "Past value each", format = ",.2f", unit = "currency" }
// mean_clv       = { type = "float", title = "Lifetime value each", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// p_alive        = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// ///
// Equal customers have equal codes, so a group may be larger or smaller than its fifths suggest.
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.rfm IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH s, unit, CASE
  WHEN s.recency_quintile >= 4 AND s.frequency_quintile >= 4 AND s.money_quintile >= 4 THEN [1, 'best', '4-5, 4-5, 4-5']
  WHEN s.recency_quintile >= 4 AND s.frequency_quintile >= 3 THEN [2, 'regular', '4-5, 3-5, any']
  WHEN s.recency_quintile >= 4 THEN [3, 'new or occasional, recent', '4-5, 1-2, any']
  WHEN s.recency_quintile = 3 THEN [4, 'in the middle', '3, any, any']
  WHEN s.frequency_quintile >= 4 OR s.money_quintile >= 4 THEN [5, 'good and slipping away', '1-2, one of the others 4-5']
  ELSE [6, 'small and gone quiet', '1-2, 1-3, 1-3']
END AS place
WITH unit, collect({place: place, s: s}) AS everybody
WITH unit, everybody, size(everybody) AS n, reduce(t = 0.0, e IN everybody | t + e.s.past_customer_value) AS total
UNWIND everybody AS one
WITH unit, n, total, one.place AS place, one.s AS s
WITH unit, n, total, place, count(s) AS customers, sum(s.own_revenue) AS revenue, sum(s.past_customer_value) AS past,
     avg(s.past_customer_value) AS each, avg(s.clv) AS clv, avg(s.p_alive) AS alive
RETURN place[1] AS rfm_group, place[2] AS codes, customers, toFloat(customers) / n AS customer_share,
       revenue / unit AS revenue, past / unit AS past_value, CASE WHEN total > 0 THEN past / total END AS value_share,
       each / unit AS mean_value, clv / unit AS mean_clv, alive AS p_alive
ORDER BY place[0], rfm_group
LIMIT 10
