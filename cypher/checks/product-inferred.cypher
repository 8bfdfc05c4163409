// /// check
// title    = "Products known only by id"
// summary  = "Every product is in products; one that only purchases name has no name, no price and no topic"
// severity = "warn"
// category = "completeness"
// key      = ["product_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// product_id = { type = "str", title = "Product" }
// purchases  = { type = "int", title = "Purchases" }
// ///
MATCH (p:Product {inferred: true})
RETURN p.id AS product_id, COUNT { (p)<-[:BOUGHT]-() } AS purchases
ORDER BY purchases DESC, product_id
LIMIT $limit
