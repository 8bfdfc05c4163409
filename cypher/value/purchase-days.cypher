// /// metric
// format    = 1
// title     = "Days with a purchase"
// summary   = "Distinct days with a line that is neither refunded nor a return (metrics.md 5.3)"
// owner     = "data"
// measure   = "purchase_days"
// unit      = "days"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// purchase_days = { type = "int", title = "Days with a purchase" }
// ///
// Days are those of UTC.
MATCH (v:Customer)-[b:BOUGHT]->(:Product)
WHERE b.at <= $as_of AND NOT coalesce(b.refunded, false) AND coalesce(b.quantity, 1) > 0
  AND (v.joined_at IS NULL OR v.joined_at <= $as_of)
RETURN v.id AS customer_id, count(DISTINCT date(b.at)) AS purchase_days
ORDER BY customer_id
