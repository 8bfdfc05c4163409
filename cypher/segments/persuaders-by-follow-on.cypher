// /// segment
// format   = 1
// title    = "Persuaders by follow-on count"
// question = "After whose purchases do friends buy the same?"
// summary  = "Customers with many follow-on purchases: a count, not proof that they caused them"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["follow_on_count", "friend_count"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit          = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_follow_ons = { type = "int", default = 3, min = 1, max = 1000000, help = "Leave out customers with fewer follow-on purchases" }
// country        = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// follow_on_count = { type = "int", title = "Follow-on purchases", format = ",d" }
// friends         = { type = "int", title = "Friends", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.follow_on_count >= $min_follow_ons
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.follow_on_count AS follow_on_count, s.friend_count AS friends
ORDER BY follow_on_count DESC, customer_id
LIMIT $limit
