// /// segment
// format   = 1
// title    = "Members of the customer community"
// question = "Who belongs to our own customer community?"
// summary  = "Customers who are members of a group of your own community now; what membership changes is in the report members-against-others"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["group_member"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// answers     = { type = "int", title = "Answers to others", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.group_member
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.friend_count AS friends, toInteger(s.nps_answer) AS nps, s.peer_answers AS answers
ORDER BY coalesce(s.friend_count, 0) DESC, customer_id
LIMIT $limit
