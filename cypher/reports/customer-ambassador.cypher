// /// report
// format   = 1
// title    = "Ambassador score of a customer, factor by factor"
// question = "How does this customer's place on the ambassador shortlist come about?"
// summary  = "Each known factor with its weight and the points it gives; the points add up to the score. Unknown factors are left out of the mean; an uncertified persuasion counts 0"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["ambassador_score", "ambassador_rank"]
// key      = ["factor"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// factor = { type = "str", title = "Factor" }
// value  = { type = "float", title = "Value (0-100)", format = ".0f" }
// weight = { type = "float", title = "Weight", format = ",.4g" }
// points = { type = "float", title = "Points", format = ".1f" }
// note   = { type = "str", title = "Note" }
// ///
MATCH (run:Run {id: $run})
MATCH (:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
WHERE s.ambassador_score IS NOT NULL
WITH s, [entry IN run.ambassador_weights | split(entry, ' ')] AS weights
WITH s, [pair IN weights | {
  factor: pair[0], weight: toFloat(pair[1]),
  value: CASE pair[0]
    WHEN 'enthusiasm' THEN s.ambassador_enthusiasm
    WHEN 'topic_reach' THEN s.ambassador_topic_reach
    WHEN 'persuasion' THEN s.ambassador_persuasion
    WHEN 'referral' THEN s.ambassador_referral
    WHEN 'network_value' THEN s.ambassador_network_value
    WHEN 'willingness' THEN s.ambassador_willingness
  END}] AS factors
WITH s, [one IN factors WHERE one.value IS NOT NULL] AS known
WITH s, known, reduce(sum = 0.0, one IN known | sum + one.weight) AS total
UNWIND known + [{factor: 'Score', weight: total, place: 1}] AS one
RETURN replace(one.factor, '_', ' ') AS factor, one.value AS value, one.weight AS weight,
       CASE WHEN one.place = 1 THEN s.ambassador_score WHEN total > 0 THEN one.value * one.weight / total END AS points,
       CASE
         WHEN one.place = 1 THEN 'rank ' + toString(toInteger(s.ambassador_rank))
           + CASE WHEN s.ambassador_shortlisted THEN ', on the shortlist' ELSE ', not on the shortlist' END
         WHEN one.factor = 'persuasion' AND one.value = 0 THEN 'not certified'
         WHEN one.factor = 'topic_reach' THEN s.ambassador_topic
       END AS note
ORDER BY coalesce(one.place, 0), points DESC, factor
LIMIT 7
