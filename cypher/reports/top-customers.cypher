// /// report
// format     = 1
// title      = "Most valuable customers"
// question   = "Which customers are worth most by what they buy themselves?"
// summary    = "Customers by lifetime value, past value, revenue or engagement value: what happened and what is expected stand side by side and are never added up"
// category   = "value"
// owner      = "marketing"
// revision   = 2
// maturity   = "stable"
// needs      = ["past_customer_value", "clv", "p_alive"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "clv", color = "rfm" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// by      = { type = "str", default = "clv", choices = ["clv", "past_customer_value", "own_revenue", "cev", "clnv"], help = "What to rank by: lifetime value, past margin, revenue, engagement value or network value" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id        = { type = "str", title = "Customer" }
// name               = { type = "str", title = "Name" }
// clv                = { type = "float", title = "Lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// p_alive            = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// expected_purchases = { type = "float", title = "Purchases ahead", format = ",.1f", help = "Days with a purchase expected within the horizon" }
// expected_margin    = { type = "float", title = "Margin of a purchase", format = ",.2f", unit = "currency", help = "The customer's own mean, drawn to everybody's when seen rarely" }
// margin_source      = { type = "str", title = "Margin from", help = "all customers: this one has too few purchases to have a mean of their own" }
// past_value         = { type = "float", title = "Past value", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// own_revenue        = { type = "float", title = "Revenue", format = ",.2f", unit = "currency", help = "Refunds and returns taken off" }
// purchase_days      = { type = "int", title = "Days with a purchase", format = ",d" }
// days_ago           = { type = "float", title = "Days since the last", format = ",.0f" }
// rfm                = { type = "int", title = "RFM", format = ",d", help = "Recency, frequency, money, each 1 (worst) to 5 (best): 555 is best, 155 was among the best and stays away" }
// cev                = { type = "float", title = "Engagement value", format = ",.2f", unit = "currency", help = "Lifetime value with what flows through the customer, each sale in one bucket" }
// network_value      = { type = "float", title = "Network value", format = ",.2f", unit = "currency", help = "The same of the past: adds up to the margin of the shop" }
// country            = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.value_status = 'ok' AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s, unit, toFloat(s[$by]) AS rank
WHERE rank IS NOT NULL
RETURN c.id AS customer_id, c.name AS name, s.clv / unit AS clv, s.p_alive AS p_alive,
       s.expected_purchases AS expected_purchases, s.expected_margin / unit AS expected_margin,
       CASE s.margin_source WHEN 'own' THEN 'own purchases' WHEN 'prior' THEN 'all customers' END AS margin_source, s.past_customer_value / unit AS past_value,
       s.own_revenue / unit AS own_revenue, s.purchase_days AS purchase_days, s.recency_days AS days_ago,
       s.rfm AS rfm, s.cev / unit AS cev, s.clnv / unit AS network_value, c.country AS country
ORDER BY rank DESC, customer_id
LIMIT $limit
