// /// check
// title    = "Customers without ties"
// summary  = "Every customer has a friend, follows or is followed; one without can neither influence nor be influenced"
// severity = "warn"
// category = "completeness"
// key      = ["customer_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// purchases   = { type = "int", title = "Purchases" }
// ///
MATCH (c:Customer)
WHERE NOT EXISTS { (c)-[:FRIEND|FOLLOWS]-() }
RETURN c.id AS customer_id, COUNT { (c)-[:BOUGHT]->() } AS purchases
ORDER BY purchases DESC, customer_id
LIMIT $limit
