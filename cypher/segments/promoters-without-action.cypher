// /// segment
// format   = 1
// title    = "Promoters without action"
// question = "Whom should we help to do what they said?"
// summary  = "Promoters who invited nobody and after whom friends bought no more than expected"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["promoter_without_action", "nps_answer"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// willingness = { type = "float", title = "Willingness", format = ".0f", help = "Stated, 0 to 10; empty if never asked" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// asked_days  = { type = "int", title = "Days since last ask", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.promoter_without_action
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, toInteger(s.nps_answer) AS nps, s.willingness AS willingness, s.friend_count AS friends,
       toInteger(s.asked_days) AS asked_days
ORDER BY nps DESC, coalesce(s.friend_count, 0) DESC, customer_id
LIMIT $limit
