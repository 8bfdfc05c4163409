// /// internal
// format  = 1
// title   = "Topics"
// summary = "Topics, most products first: the choices of every `topic` parameter"
// [columns]
// topic_id = { type = "str", title = "Topic" }
// topic    = { type = "str", title = "Topic name" }
// products = { type = "int", title = "Products", format = ",d" }
// ///
MATCH (t:Topic)
RETURN t.id AS topic_id, t.name AS topic, COUNT { (:Product)-[:ABOUT]->(t) } AS products
ORDER BY products DESC, topic_id
LIMIT 10000
