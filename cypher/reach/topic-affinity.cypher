// /// metric
// format    = 1
// title     = "Affinity to a topic"
// summary   = "Share of the customer in a topic, smoothed by 0.2 per topic (metrics.md 3.2)"
// owner     = "data"
// measure   = "topic_affinity"
// unit      = "share"
// tolerance = 1e-09
// key       = ["customer_id", "topic_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// topic_id = { type = "str", title = "Topic" }
// topic_affinity = { type = "float", title = "Affinity" }
// ///
// A first purchase counts 1 in all, split over the topics of the product by their weights; a declared interest 1.
// Only pairs with one or the other are kept.
MATCH (:Topic)
WITH toFloat(count(*)) AS topics
MATCH (v:Customer)
CALL (v) {
  MATCH (v)-[b:BOUGHT {first: true}]->(p:Product)-[a:ABOUT]->(t:Topic)
  WHERE b.at <= $as_of
  WITH t, coalesce(toFloat(a.weight), 1.0) AS weight,
       reduce(total = 0.0, other IN [(p)-[o:ABOUT]->(:Topic) | coalesce(toFloat(o.weight), 1.0)] | total + other) AS total
  RETURN t, weight / total AS amount
  UNION ALL
  MATCH (v)-[i:INTERESTED_IN]->(t:Topic)
  WHERE coalesce(i.source, 'declared') = 'declared' AND (i.at IS NULL OR i.at <= $as_of)
  RETURN DISTINCT t, 1.0 AS amount
}
WITH topics, v, t, sum(amount) AS amount
WITH topics, v, collect({topic: t, amount: amount}) AS kept, sum(amount) AS total
UNWIND kept AS one
RETURN v.id AS customer_id, one.topic.id AS topic_id, (one.amount + 0.2) / (total + 0.2 * topics) AS topic_affinity
ORDER BY customer_id, topic_id
