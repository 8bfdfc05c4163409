// /// report
// format   = 1
// title    = "Distribution of a score"
// question = "How is this score spread over our customers: is a high value rare?"
// summary  = "The value at each percentile of one score, over the customers who have it"
// category = "reach"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["percentile"]
// timeout  = "60s"
// chart    = { mark = "line", x = "percentile", y = "value" }
// [params]
// measure = { type = "str", default = "friend_count", choices = ["friend_count", "friends_in", "friends_out", "friends_mutual", "two_hop_reach", "page_rank", "broker_score", "access", "external_reach", "component_size", "follow_on_count"], help = "Which score" }
// [columns]
// percentile = { type = "float", title = "Percentile", format = ".1f", help = "Percent of the customers who have at most this value" }
// value      = { type = "float", title = "Value", format = ",.6g" }
// customers  = { type = "int", title = "Customers at or above", format = ",d" }
// ///
// Nearest rank: the value that this share of the customers does not exceed. One sorted list serves all percentiles.
MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
WITH toFloat(s[$measure]) AS value
WHERE value IS NOT NULL
WITH value
ORDER BY value
WITH collect(value) AS sorted, count(*) AS n
UNWIND [0.0, 1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0] AS percentile
WITH percentile, n, sorted, toInteger(ceil(percentile / 100.0 * n)) AS rank
WITH percentile, n, CASE WHEN rank < 1 THEN 1 ELSE rank END AS rank, sorted
WITH percentile, sorted[rank - 1] AS value, sorted
RETURN percentile, value, reduce(above = 0, other IN sorted | above + CASE WHEN other >= value THEN 1 ELSE 0 END) AS customers
ORDER BY percentile
LIMIT 100
