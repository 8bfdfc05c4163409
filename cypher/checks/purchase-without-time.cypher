// /// check
// title    = "Purchases without a time"
// summary  = "Every purchase has a time; without one it has no place before or after another"
// severity = "error"
// category = "completeness"
// key      = ["customer_id", "product_id", "line_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// product_id  = { type = "str", title = "Product" }
// line_id     = { type = "str", title = "Order line" }
// ///
MATCH (c:Customer)-[b:BOUGHT]->(p:Product)
WHERE b.at IS NULL
RETURN c.id AS customer_id, p.id AS product_id, b.line_id AS line_id
ORDER BY customer_id, product_id, line_id
LIMIT $limit
