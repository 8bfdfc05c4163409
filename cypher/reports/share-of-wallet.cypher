// /// report
// format     = 1
// title      = "Room to grow"
// question   = "Which customers buy most of their needs elsewhere?"
// summary    = "Customers who told us what they spend in the category, by what they spend elsewhere; everybody else's share is unknown, not zero"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["share_of_wallet"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "elsewhere" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// share_of_wallet = { type = "float", title = "Share of wallet", format = ".0%", help = "Share of the spending in the category that comes to us: as the customer said, or our revenue of the last year over the yearly spending the customer named" }
// category_spend  = { type = "float", title = "Spends a year", format = ",.2f", unit = "currency", help = "In the category, anywhere, as the customer said" }
// elsewhere       = { type = "float", title = "Elsewhere a year", format = ",.2f", unit = "currency" }
// own_revenue     = { type = "float", title = "Revenue so far", format = ",.2f", unit = "currency" }
// p_alive         = { type = "float", title = "Still a customer", format = ".0%", help = "Probability that the customer has not left for good; 100 % after one purchase, when nothing can be said yet" }
// rfm             = { type = "int", title = "RFM", format = ",d", help = "Recency, frequency, money, each 1 (worst) to 5 (best): 555 is best, 155 was among the best and stays away" }
// country         = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.share_of_wallet IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.share_of_wallet AS share_of_wallet, c.category_spend / unit AS category_spend,
       (1.0 - s.share_of_wallet) * c.category_spend / unit AS elsewhere, s.own_revenue / unit AS own_revenue,
       s.p_alive AS p_alive, s.rfm AS rfm, c.country AS country
ORDER BY elsewhere DESC, share_of_wallet, customer_id
LIMIT $limit
