// /// metric
// format    = 1
// title     = "Own revenue"
// summary   = "Revenue of all purchase lines, refunds and returns settled (metrics.md 5.3)"
// owner     = "data"
// measure   = "own_revenue"
// unit      = "minor units"
// tolerance = 0.000001
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// own_revenue = { type = "float", title = "Own revenue" }
// ///
// A return is a line with negative revenue and counts as it stands.
MATCH (v:Customer)
WHERE v.joined_at IS NULL OR v.joined_at <= $as_of
OPTIONAL MATCH (v)-[b:BOUGHT]->(:Product)
WHERE b.at <= $as_of
WITH v, b, CASE WHEN b IS NULL OR coalesce(b.refunded, false) THEN 0.0 ELSE toFloat(b.revenue) END AS paid
WITH v, sum(paid) AS own_revenue, count(CASE WHEN paid IS NULL THEN 1 END) AS unknown
WHERE unknown = 0
RETURN v.id AS customer_id, own_revenue
ORDER BY customer_id
