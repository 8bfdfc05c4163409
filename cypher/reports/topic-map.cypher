// /// report
// format   = 1
// title    = "Topic map"
// question = "Who is listened to in which topics: everywhere, or in one only?"
// summary  = "The topics with the most purchases against the customers who lead one of them: the share of all attention in each topic that ends up with each customer"
// category = "context"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["topic_reach", "topic_affinity"]
// key      = ["topic_id", "customer_id"]
// pii      = ["name"]
// timeout  = "60s"
// chart    = { mark = "heatmap", x = "customer_id", y = "topic", color = "topic_reach", title = "Share of attention by topic and customer" }
// [params]
// topics    = { type = "int", default = 12, min = 1, max = 100, help = "How many topics, those with the most purchases" }
// per_topic = { type = "int", default = 2, min = 1, max = 100, help = "How many leaders of each topic" }
// limit     = { type = "int", default = 600, min = 1, max = 10000, help = "How many rows to list" }
// [columns]
// topic_id    = { type = "str", title = "Topic" }
// topic       = { type = "str", title = "Topic name", help = "The name, or the id where there is none" }
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// topic_reach = { type = "float", title = "Share of attention", format = ".2%", help = "Of all attention in the topic, the share that ends up with the customer" }
// affinity    = { type = "float", title = "Affinity", format = ".1%", help = "How much of the customer's interest is in the topic, by purchases and what they declare" }
// ///
MATCH (t:Topic)
WITH t, COUNT { (t)<-[:ABOUT]-(:Product)<-[:BOUGHT]-() } AS purchases
ORDER BY purchases DESC, t.id
LIMIT $topics
CALL (t) {
  MATCH (t)<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(:Score {run: $run})<-[:SCORED]-(c:Customer)
  WHERE ts.topic_reach IS NOT NULL AND coalesce(c.opted_out, false) = false
  RETURN c
  ORDER BY ts.topic_reach DESC, c.id
  LIMIT $per_topic
}
WITH collect(DISTINCT {topic: t, purchases: purchases}) AS topics, collect(DISTINCT c) AS leaders
UNWIND topics AS one
UNWIND leaders AS c
WITH one.topic AS t, one.purchases AS purchases, c
MATCH (c)-[:SCORED]->(:Score {run: $run})-[:IN_TOPIC]->(ts:TopicScore {run: $run})-[:OF]->(t)
WHERE ts.topic_reach IS NOT NULL
RETURN t.id AS topic_id, coalesce(t.name, t.id) AS topic, c.id AS customer_id, c.name AS name,
       ts.topic_reach AS topic_reach, ts.topic_affinity AS affinity
ORDER BY purchases DESC, topic_id, topic_reach DESC, topic_id, customer_id
LIMIT $limit
