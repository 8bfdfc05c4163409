// /// report
// format   = 1
// title    = "Top customers by topic"
// question = "Whom do people listen to in this topic?"
// summary  = "Contextual reach: where attention ends up when everyone listens to friends who are active in the topic and share the taste for it"
// category = "context"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["topic_reach", "topic_affinity"]
// key      = ["topic_id", "customer_id"]
// pii      = ["name"]
// timeout  = "60s"
// chart    = { mark = "bar", x = "customer_id", y = "topic_reach", color = "topic" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many rows to list" }
// topic     = { type = "str", default = "", choices_query = "topics", help = "Topic id, empty for the topics with the most purchases" }
// per_topic = { type = "int", default = 5, min = 1, max = 10000, help = "How many customers per topic when no topic is given" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// topic_id          = { type = "str", title = "Topic" }
// topic             = { type = "str", title = "Topic name" }
// customer_id       = { type = "str", title = "Customer" }
// name              = { type = "str", title = "Name" }
// topic_reach       = { type = "float", title = "Share of attention", format = ".2%", help = "Of all attention in the topic, the share that ends up with the customer" }
// affinity          = { type = "float", title = "Affinity", format = ".1%", help = "How much of the customer's interest is in the topic, by purchases and what they declare" }
// declared          = { type = "bool", title = "Declared", help = "Whether the customer named the topic as an interest" }
// friends           = { type = "int", title = "Friends", format = ",d" }
// follow_on_count   = { type = "int", title = "Follow-on purchases", format = ",d" }
// topic_purchases   = { type = "int", title = "Purchases in topic", format = ",d" }
// ///
MATCH (t:Topic)
WHERE $topic = '' OR t.id = $topic
CALL (t) {
  MATCH (p:Product)-[:ABOUT]->(t)
  RETURN sum(COUNT { (p)<-[:BOUGHT]-() }) AS topic_purchases
}
WITH t, topic_purchases
ORDER BY topic_purchases DESC, t.id
LIMIT $limit
CALL (t) {
  MATCH (t)<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(s:Score {run: $run})<-[:SCORED]-(c:Customer)
  WHERE ts.topic_reach IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
  RETURN ts, s, c
  ORDER BY ts.topic_reach DESC, c.id
  LIMIT CASE WHEN $topic = '' THEN $per_topic ELSE $limit END
}
RETURN t.id AS topic_id, t.name AS topic, c.id AS customer_id, c.name AS name, ts.topic_reach AS topic_reach,
       ts.topic_affinity AS affinity, ts.interest_declared AS declared, s.friend_count AS friends,
       ts.follow_on_count AS follow_on_count, topic_purchases
ORDER BY topic_purchases DESC, topic_id, topic_reach DESC, topic_id, customer_id
LIMIT $limit
