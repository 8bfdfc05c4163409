// /// check
// title    = "First purchases marked wrongly"
// summary  = "Of every customer and product exactly one purchase is marked as the first: the earliest that was not refunded"
// severity = "error"
// category = "consistency"
// key      = ["customer_id", "product_id"]
// timeout  = "600s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// product_id  = { type = "str", title = "Product" }
// marked      = { type = "int", title = "Marked" }
// earliest    = { type = "datetime", title = "Earliest" }
// first_at    = { type = "datetime", title = "Marked as first" }
// ///
// Customer by customer, so that memory does not grow with the number of purchases.
MATCH (c:Customer)
CALL (c) {
  MATCH (c)-[b:BOUGHT]->(p:Product)
  WITH p, b, b.at IS NOT NULL AND NOT coalesce(b.refunded, false) AND coalesce(b.quantity, 1) > 0 AS counts
  WITH p, min(CASE WHEN counts THEN b.at END) AS earliest,
       count(CASE WHEN b.first THEN 1 END) AS marked,
       min(CASE WHEN b.first THEN b.at END) AS first_at,
       count(CASE WHEN b.first AND NOT counts THEN 1 END) AS void
  WHERE void > 0 OR marked <> CASE WHEN earliest IS NULL THEN 0 ELSE 1 END OR first_at <> earliest
  RETURN p.id AS product_id, marked, earliest, first_at
}
RETURN c.id AS customer_id, product_id, marked, earliest, first_at
ORDER BY customer_id, product_id
LIMIT $limit
