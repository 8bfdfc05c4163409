// /// segment
// format   = 1
// title    = "Peer helpers"
// question = "Whom should we thank for helping others?"
// summary  = "Customers who solved contacts of other customers"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["peer_answers", "peer_saved"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_answers = { type = "int", default = 1, min = 1, max = 1000000, help = "Leave out customers with fewer answers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// answers     = { type = "int", title = "Answers", format = ",d" }
// saved       = { type = "float", title = "Saved", format = ",.2f", unit = "currency", help = "An estimate where nothing was recorded; empty when no cost of staff is known" }
// member      = { type = "bool", title = "Community member", help = "Member of your own customer community now" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.peer_answers >= $min_answers
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.peer_answers AS answers, s.peer_saved / unit AS saved, s.group_member AS member,
       toInteger(s.nps_answer) AS nps
ORDER BY coalesce(s.peer_saved, -1.0) DESC, answers DESC, customer_id
LIMIT $limit
