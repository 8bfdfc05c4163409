// /// check
// title    = "Ties to oneself"
// summary  = "No customer is their own friend, follower or referrer"
// severity = "error"
// category = "consistency"
// key      = ["customer_id", "kind"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// kind        = { type = "str", title = "Tie" }
// found       = { type = "int", title = "Found" }
// ///
MATCH (c:Customer)-[r:FRIEND|FOLLOWS|REFERRED]->(c)
RETURN c.id AS customer_id, type(r) AS kind, count(r) AS found
ORDER BY customer_id, kind
LIMIT $limit
