// /// report
// format   = 1
// title    = "Topics of a customer"
// question = "In which topics does this customer have reach, and which do they like?"
// summary  = "One customer's share of attention, affinity and follow-on purchases, topic by topic"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["topic_reach", "topic_affinity"]
// key      = ["topic_id"]
// timeout  = "30s"
// chart    = { mark = "bar", x = "topic", y = "topic_reach" }
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many topics to list" }
// [columns]
// topic_id        = { type = "str", title = "Topic" }
// topic           = { type = "str", title = "Topic name" }
// topic_reach     = { type = "float", title = "Share of attention", format = ".2%", help = "Of all attention in the topic, the share that ends up with the customer" }
// affinity        = { type = "float", title = "Affinity", format = ".1%", help = "How much of the customer's interest is in the topic, by purchases and what they declare" }
// declared        = { type = "bool", title = "Declared", help = "Whether the customer named the topic as an interest" }
// purchases       = { type = "int", title = "First purchases", format = ",d" }
// follow_on_count = { type = "int", title = "Follow-on purchases", format = ",d" }
// ///
MATCH (c:Customer {id: $customer})-[:SCORED]->(:Score {run: $run})-[:IN_TOPIC]->(ts:TopicScore {run: $run})-[:OF]->(t:Topic)
WITH c, ts, t
ORDER BY ts.topic_reach IS NULL, ts.topic_reach DESC, t.id
LIMIT $limit
RETURN t.id AS topic_id, t.name AS topic, ts.topic_reach AS topic_reach, ts.topic_affinity AS affinity,
       ts.interest_declared AS declared,
       COUNT { (c)-[:BOUGHT {first: true}]->(:Product)-[:ABOUT]->(t) } AS purchases,
       ts.follow_on_count AS follow_on_count
ORDER BY topic_reach IS NULL, topic_reach DESC, topic_id
LIMIT $limit
