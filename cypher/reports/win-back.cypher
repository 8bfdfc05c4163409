// /// report
// format     = 1
// title      = "Valuable and leaving"
// question   = "Which good customers are we losing, and what is at stake?"
// summary    = "Customers who earned the shop much and have probably left: silence longer than their own rhythm explains; the earlier they are asked back the better"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["p_alive", "money_quintile", "past_customer_value"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "past_value" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// p_alive = { type = "float", default = 0.5, min = 0.0, max = 1.0, help = "At most this probability of still being a customer" }
// money   = { type = "int", default = 4, min = 1, max = 5, help = "At least this quintile of margin earned: 4 and 5 are the better two fifths" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// p_alive        = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// past_value     = { type = "float", title = "Past value", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// own_revenue    = { type = "float", title = "Revenue", format = ",.2f", unit = "currency" }
// purchase_days  = { type = "int", title = "Days with a purchase", format = ",d" }
// days_ago       = { type = "float", title = "Days since the last", format = ",.0f" }
// usual_gap      = { type = "float", title = "Usual gap in days", format = ",.0f", help = "Days between purchases while the customer was buying; unknown after one day with a purchase" }
// margin_a_year  = { type = "float", title = "Margin a year, if back", format = ",.2f", unit = "currency", help = "Expected margin of a purchase times purchases a year at the customer's usual gap" }
// rfm            = { type = "int", title = "RFM", format = ",d", help = "Recency, frequency, money, each 1 (worst) to 5 (best); a low first and a high last figure: was good, stays away" }
// earned_through = { type = "float", title = "Others spent because of this customer", format = ",.2f", unit = "currency", help = "Margin earned by referral and persuasion: goes with the customer" }
// country        = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.p_alive <= $p_alive AND s.money_quintile >= $money AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
CALL (c) {
  MATCH (run:Run {id: $run})
  MATCH (c)-[b:BOUGHT]->(:Product)
  WHERE b.at <= run.as_of AND coalesce(b.refunded, false) = false AND coalesce(b.quantity, 1) > 0
  RETURN duration.inSeconds(min(b.at), max(b.at)).seconds / 86400.0 AS days
}
WITH c, s, unit, CASE WHEN s.purchase_days > 1 THEN days / (s.purchase_days - 1) END AS gap
RETURN c.id AS customer_id, c.name AS name, s.p_alive AS p_alive, s.past_customer_value / unit AS past_value,
       s.own_revenue / unit AS own_revenue, s.purchase_days AS purchase_days, s.recency_days AS days_ago,
       gap AS usual_gap, CASE WHEN gap > 0 THEN s.expected_margin * 365.25 / gap / unit END AS margin_a_year,
       s.rfm AS rfm, (s.earned_by_referral + s.earned_by_persuasion) / unit AS earned_through, c.country AS country
ORDER BY past_value DESC, customer_id
LIMIT $limit
