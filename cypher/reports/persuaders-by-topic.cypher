// /// report
// format   = 1
// title    = "Persuaders by topic"
// question = "Who moves their friends to buy in this topic?"
// summary  = "Contextual influence index, 0 to 100 within each topic: extra follow-ons per own purchase times friends who care for the topic, of those with more follow-ons than expected; an estimate under stated assumptions"
// category = "context"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status", "contextual_influence_index", "topic_p_none"]
// key      = ["topic_id", "customer_id"]
// pii      = ["name"]
// population = "ranked-topic-pairs"
// timeout  = "60s"
// chart    = { mark = "point", x = "extra_per_purchase", y = "audience", color = "topic" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many rows to list" }
// topic     = { type = "str", default = "", choices_query = "topics", help = "Topic id, empty for the topics with the most purchases" }
// per_topic = { type = "int", default = 5, min = 1, max = 10000, help = "How many customers per topic when no topic is given" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// topic_id           = { type = "str", title = "Topic" }
// topic              = { type = "str", title = "Topic name" }
// customer_id        = { type = "str", title = "Customer" }
// name               = { type = "str", title = "Name" }
// index              = { type = "float", title = "Influence index", format = ".1f", help = "Percentile within the topic of the two factors multiplied" }
// extra_per_purchase = { type = "float", title = "Extra follow-ons per purchase", format = ".2f", help = "First factor" }
// audience           = { type = "int", title = "Friends interested", format = ",d", help = "Second factor" }
// lift               = { type = "float", title = "Lift in topic", format = ".2f", help = "Follow-ons in the topic over those expected anyway, drawn towards 1 where there are few" }
// from_all_topics    = { type = "bool", title = "Lift of all topics", help = "Too little is expected in this topic, so the lift over all topics stands in" }
// first_purchases    = { type = "float", title = "Own purchases in topic", format = ",.1f", help = "First purchases in the topic, by their weight: what all this rests on" }
// observed           = { type = "float", title = "Follow-ons in topic", format = ",.1f" }
// expected           = { type = "float", title = "Expected anyway", format = ",.1f" }
// rate               = { type = "float", title = "Persuasion rate in topic", format = ".2%", help = "Extra purchases in the topic per friend who could still buy" }
// p_none             = { type = "float", title = "Chance of none", format = ".0%", help = "Probability that this customer persuades nobody in this topic" }
// extra_purchases    = { type = "float", title = "Extra purchases in topic", format = ",.1f" }
// specificity        = { type = "float", title = "Specificity", format = ".2f", help = "1 = persuades in a single topic, 0 = evenly in all" }
// certified          = { type = "bool", title = "Certified", help = "Over all topics together" }
// ///
MATCH (t:Topic)
WHERE $topic = '' OR t.id = $topic
CALL (t) {
  MATCH (p:Product)-[:ABOUT]->(t)
  RETURN sum(COUNT { (p)<-[:BOUGHT]-() }) AS topic_purchases
}
CALL (t) {
  MATCH (t)<-[:OF]-(ts:TopicScore {run: $run})<-[:IN_TOPIC]-(s:Score {run: $run})<-[:SCORED]-(c:Customer)
  WHERE ts.contextual_influence_index IS NOT NULL AND ts.topic_excess > 0 AND coalesce(c.opted_out, false) = false
    AND ($country = '' OR c.country = $country)
  RETURN ts, s, c
  ORDER BY ts.contextual_influence_index DESC, ts.topic_rate DESC, c.id
  LIMIT CASE WHEN $topic = '' THEN $per_topic ELSE $limit END
}
RETURN t.id AS topic_id, t.name AS topic, c.id AS customer_id, c.name AS name,
       ts.contextual_influence_index AS index,
       CASE WHEN ts.topic_first_purchases > 0 THEN ts.topic_excess / ts.topic_first_purchases END AS extra_per_purchase,
       ts.topic_audience AS audience, ts.topic_lift AS lift, ts.topic_lift_fallback AS from_all_topics,
       toFloat(ts.topic_first_purchases) AS first_purchases, toFloat(ts.topic_observed) AS observed,
       ts.topic_expected AS expected, ts.topic_rate AS rate, ts.topic_p_none AS p_none,
       ts.topic_extra_purchases AS extra_purchases, s.specificity AS specificity, s.certified_persuader AS certified
ORDER BY topic_purchases DESC, topic_id, index DESC, rate DESC, topic_id, customer_id
LIMIT $limit
