// /// report
// format   = 1
// title    = "Promoters never asked"
// question = "Who would recommend us and was never asked?"
// summary  = "Promoters who were never asked for a reference, a review or anything else and have not invited anybody by themselves"
// category = "voice"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["never_asked", "nps_answer"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// willingness = { type = "float", title = "Willingness", format = ".0f", help = "Stated, 0 to 10; empty if never asked" }
// willing_to  = { type = "str", title = "Willing to", help = "Offered and not declined since" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// topic_reach = { type = "float", title = "Reach in best topic", format = ".0f", help = "Percentile, 0 to 100" }
// topic       = { type = "str", title = "Best topic", help = "Where the reach is highest" }
// certified   = { type = "bool", title = "Certified persuader", help = "Empty: too little evidence to judge" }
// next_step   = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// country     = { type = "str", title = "Country" }
// ///
// Best prospects first: by ambassador score, unknown last.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.never_asked
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.nps_answer) AS nps, s.willingness AS willingness,
       s.willing_to AS willing_to, s.friend_count AS friends, s.ambassador_topic_reach AS topic_reach,
       s.ambassador_topic AS topic, CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified,
       s.next_step AS next_step, c.country AS country
ORDER BY coalesce(s.ambassador_score, -1.0) DESC, nps DESC, customer_id
LIMIT $limit
