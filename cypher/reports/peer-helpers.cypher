// /// report
// format   = 1
// title    = "Peer helpers"
// question = "Which customers answer the questions of others, and what does that save us?"
// summary  = "Customers by what their answers to other customers saved: as recorded, else what a contact that staff solve costs on average"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["peer_answers", "peer_saved"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// min_answers = { type = "int", default = 1, min = 1, max = 1000000, help = "Leave out customers with fewer answers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// answers     = { type = "int", title = "Answers", format = ",d" }
// saved       = { type = "float", title = "Saved", format = ",.2f", unit = "currency", help = "An estimate where nothing was recorded; empty when no cost of staff is known" }
// member      = { type = "bool", title = "Community member", help = "Member of your own customer community now" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// next_step   = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// country     = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.peer_answers >= $min_answers
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.peer_answers AS answers, s.peer_saved / unit AS saved,
       s.group_member AS member, toInteger(s.nps_answer) AS nps, s.friend_count AS friends, s.next_step AS next_step,
       c.country AS country
ORDER BY coalesce(s.peer_saved, -1.0) DESC, answers DESC, customer_id
LIMIT $limit
