// /// report
// format   = 1
// title    = "Topics at a glance"
// question = "Which topics do we have, how big are they, and who leads each?"
// summary  = "Products, purchases, interested customers and the customer with the largest reach, topic by topic"
// category = "context"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["topic_reach", "topic_affinity"]
// key      = ["topic_id"]
// pii      = ["leader_name"]
// timeout  = "60s"
// chart    = { mark = "bar", x = "topic", y = "purchases" }
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many topics to list" }
// [columns]
// topic_id     = { type = "str", title = "Topic" }
// topic        = { type = "str", title = "Topic name" }
// products     = { type = "int", title = "Products", format = ",d" }
// purchases    = { type = "int", title = "Purchase lines", format = ",d" }
// declared     = { type = "int", title = "Declared interest", format = ",d" }
// leader       = { type = "str", title = "Largest reach" }
// leader_name  = { type = "str", title = "Name" }
// leader_reach = { type = "float", title = "Share of attention", format = ".2%", help = "Of all attention in the topic, the share that ends up with this customer" }
// ///
MATCH (t:Topic)
CALL (t) {
  OPTIONAL MATCH (p:Product)-[:ABOUT]->(t)
  RETURN count(p) AS products, sum(COUNT { (p)<-[:BOUGHT]-() }) AS purchases
}
WITH t, products, purchases
ORDER BY purchases DESC, t.id
LIMIT $limit
CALL (t) {
  OPTIONAL MATCH (t)<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(:Score {run: $run})<-[:SCORED]-(c:Customer)
  WHERE ts.topic_reach IS NOT NULL AND coalesce(c.opted_out, false) = false
  RETURN c, ts
  ORDER BY ts.topic_reach IS NULL, ts.topic_reach DESC, c.id
  LIMIT 1
}
RETURN t.id AS topic_id, t.name AS topic, products, purchases,
       COUNT { MATCH (someone:Customer)-[interest:INTERESTED_IN]->(t) WHERE interest.source = 'declared' } AS declared,
       c.id AS leader, c.name AS leader_name, ts.topic_reach AS leader_reach
ORDER BY purchases DESC, topic_id
LIMIT $limit
