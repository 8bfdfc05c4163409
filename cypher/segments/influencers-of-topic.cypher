// /// segment
// format   = 1
// title    = "Influencers of a topic"
// question = "Whom should we invite when this topic should be talked about?"
// summary  = "Customers with the largest reach in one topic: share of attention among people who like it"
// category = "context"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["topic_reach", "topic_affinity"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// topic        = { type = "str", choices_query = "topics", help = "Topic id" }
// limit        = { type = "int", default = 100, min = 1, max = 1000000, help = "At most this many customers" }
// min_affinity = { type = "float", default = 0.0, min = 0.0, max = 1.0, help = "Leave out customers who like the topic less than this (0 to 1)" }
// country      = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// topic_reach     = { type = "float", title = "Share of attention", format = ".2%", help = "Of all attention in the topic, the share that ends up with the customer" }
// affinity        = { type = "float", title = "Affinity", format = ".1%", help = "How much of the customer's interest is in the topic, by purchases and what they declare" }
// declared        = { type = "bool", title = "Declared", help = "Whether the customer named the topic as an interest" }
// follow_on_count = { type = "int", title = "Follow-on purchases in topic", format = ",d" }
// friends         = { type = "int", title = "Friends", format = ",d" }
// ///
MATCH (:Topic {id: $topic})<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(s:Score {run: $run})<-[:SCORED]-(c:Customer)
WHERE ts.topic_reach > 0 AND ts.topic_affinity >= $min_affinity
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, ts.topic_reach AS topic_reach, ts.topic_affinity AS affinity,
       ts.interest_declared AS declared, ts.follow_on_count AS follow_on_count, s.friend_count AS friends
ORDER BY topic_reach DESC, customer_id
LIMIT $limit
