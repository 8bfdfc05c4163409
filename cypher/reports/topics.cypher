// /// report
// format   = 1
// title    = "Topics"
// question = "Which topics are there?"
// summary  = "Topics by number of products: the choices of every `topic` parameter"
// category = "data"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["topic_id"]
// timeout  = "30s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many topics to list" }
// [columns]
// topic_id = { type = "str", title = "Topic" }
// topic    = { type = "str", title = "Topic name" }
// products = { type = "int", title = "Products", format = ",d" }
// ///
MATCH (t:Topic)
RETURN t.id AS topic_id, t.name AS topic, COUNT { (:Product)-[:ABOUT]->(t) } AS products
ORDER BY products DESC, topic_id
LIMIT $limit
