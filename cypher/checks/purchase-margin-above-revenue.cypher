// /// check
// title    = "Margin above revenue"
// summary  = "No sale earns more than it brings in; else the margin is in another unit or currency than the revenue"
// severity = "error"
// category = "money"
// key      = ["line_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// line_id     = { type = "str", title = "Order line" }
// customer_id = { type = "str", title = "Customer" }
// revenue     = { type = "int", title = "Revenue" }
// margin      = { type = "int", title = "Margin" }
// currency    = { type = "str", title = "Currency" }
// ///
// Refund lines are negative, and there a margin above the revenue is right.
MATCH (c:Customer)-[b:BOUGHT]->(:Product)
WHERE b.revenue >= 0 AND b.margin > b.revenue
RETURN b.line_id AS line_id, c.id AS customer_id, b.revenue AS revenue, b.margin AS margin, b.currency AS currency
ORDER BY margin - revenue DESC, line_id
LIMIT $limit
