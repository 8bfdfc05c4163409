// /// check
// title    = "Customers known only by id"
// summary  = "Every customer is in customers; one that only other files name has no name, no consent and no joining date"
// severity = "warn"
// category = "completeness"
// key      = ["customer_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// ties        = { type = "int", title = "Ties" }
// purchases   = { type = "int", title = "Purchases" }
// ///
MATCH (c:Customer {inferred: true})
RETURN c.id AS customer_id, COUNT { (c)-[:FRIEND|FOLLOWS]-() } AS ties, COUNT { (c)-[:BOUGHT]->() } AS purchases
ORDER BY purchases DESC, customer_id
LIMIT $limit
