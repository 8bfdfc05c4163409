// /// segment
// format   = 1
// title    = "Promoters never asked"
// question = "Whom should we ask for the first time?"
// summary  = "Promoters who were never asked for anything and have not invited anybody by themselves"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["never_asked", "nps_answer"]
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
// topic_reach = { type = "float", title = "Reach in best topic", format = ".0f", help = "Percentile, 0 to 100" }
// ///
// Best prospects first: by ambassador score, unknown last.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.never_asked
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, toInteger(s.nps_answer) AS nps, s.willingness AS willingness, s.friend_count AS friends,
       s.ambassador_topic_reach AS topic_reach
ORDER BY coalesce(s.ambassador_score, -1.0) DESC, nps DESC, customer_id
LIMIT $limit
