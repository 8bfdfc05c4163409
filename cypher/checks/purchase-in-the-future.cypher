// /// check
// title    = "Purchases in the future"
// summary  = "No purchase is later than now; a future time is a wrong time zone, a wrong format or a plan"
// severity = "error"
// category = "time"
// key      = ["line_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// line_id     = { type = "str", title = "Order line" }
// customer_id = { type = "str", title = "Customer" }
// product_id  = { type = "str", title = "Product" }
// at          = { type = "datetime", title = "Time" }
// ///
// One hour of grace for clocks that differ.
MATCH (c:Customer)-[b:BOUGHT]->(p:Product)
WHERE b.at > datetime() + duration({hours: 1})
RETURN b.line_id AS line_id, c.id AS customer_id, p.id AS product_id, b.at AS at
ORDER BY at DESC, line_id
LIMIT $limit
