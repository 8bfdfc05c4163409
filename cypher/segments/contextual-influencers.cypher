// /// segment
// format   = 1
// title    = "Contextual influencers of a topic"
// question = "Whom should we invite so that friends buy in this topic?"
// summary  = "Customers with a high contextual influence index in one topic and more follow-ons in it than expected: an estimate under stated assumptions"
// category = "context"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status", "contextual_influence_index", "topic_p_none"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// topic     = { type = "str", choices_query = "topics", help = "Topic id" }
// limit     = { type = "int", default = 100, min = 1, max = 1000000, help = "At most this many customers" }
// min_index = { type = "float", default = 90.0, min = 0.0, max = 100.0, help = "Leave out customers with a lower index in the topic" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id        = { type = "str", title = "Customer" }
// index              = { type = "float", title = "Influence index", format = ".1f", help = "Percentile within the topic of the next two factors multiplied" }
// extra_per_purchase = { type = "float", title = "Extra follow-ons per purchase", format = ".2f", help = "First factor" }
// audience           = { type = "int", title = "Friends interested", format = ",d", help = "Second factor" }
// lift               = { type = "float", title = "Lift in topic", format = ".2f", help = "Follow-ons in the topic over those expected anyway, drawn towards 1 where there are few" }
// from_all_topics    = { type = "bool", title = "Lift of all topics", help = "Too little is expected in this topic, so the lift over all topics stands in" }
// first_purchases    = { type = "float", title = "Own purchases in topic", format = ",.1f", help = "First purchases in the topic, by their weight: what all this rests on" }
// observed           = { type = "float", title = "Follow-ons in topic", format = ",.1f" }
// expected           = { type = "float", title = "Expected anyway", format = ",.1f" }
// p_none             = { type = "float", title = "Chance of none", format = ".0%", help = "Probability that this customer persuades nobody in this topic" }
// certified          = { type = "bool", title = "Certified over all topics" }
// ///
MATCH (:Topic {id: $topic})<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(s:Score {run: $run})<-[:SCORED]-(c:Customer)
WHERE ts.contextual_influence_index >= $min_index AND ts.topic_excess > 0
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, ts.contextual_influence_index AS index,
       CASE WHEN ts.topic_first_purchases > 0 THEN ts.topic_excess / ts.topic_first_purchases END AS extra_per_purchase,
       ts.topic_audience AS audience, ts.topic_lift AS lift, ts.topic_lift_fallback AS from_all_topics,
       toFloat(ts.topic_first_purchases) AS first_purchases, toFloat(ts.topic_observed) AS observed,
       ts.topic_expected AS expected, ts.topic_p_none AS p_none, s.certified_persuader AS certified
ORDER BY index DESC, customer_id
LIMIT $limit
