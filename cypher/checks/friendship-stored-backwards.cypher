// /// check
// title    = "Friendships with the larger id first"
// summary  = "A friendship is stored once, from the smaller id to the larger; the other way round it would be loaded a second time"
// severity = "error"
// category = "consistency"
// key      = ["customer_id", "friend_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// friend_id   = { type = "str", title = "Friend" }
// ///
MATCH (a:Customer)-[:FRIEND]->(b:Customer)
WHERE a.id > b.id
RETURN a.id AS customer_id, b.id AS friend_id
ORDER BY customer_id, friend_id
LIMIT $limit
