// /// check
// title    = "Products without a topic"
// summary  = "Every product belongs to a topic; purchases of one without count in no topic"
// severity = "warn"
// category = "completeness"
// key      = ["product_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// product_id = { type = "str", title = "Product" }
// name       = { type = "str", title = "Name" }
// purchases  = { type = "int", title = "Purchases" }
// ///
MATCH (p:Product)
WHERE NOT EXISTS { (p)-[:ABOUT]->(:Topic) }
RETURN p.id AS product_id, p.name AS name, COUNT { (p)<-[:BOUGHT]-() } AS purchases
ORDER BY purchases DESC, product_id
LIMIT $limit
