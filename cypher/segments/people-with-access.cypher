// /// segment
// format   = 1
// title    = "People with access"
// question = "Who can open the door to the well-connected?"
// summary  = "Customers with few friends, but powerful ones"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["access", "friend_count"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit       = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_access  = { type = "float", default = 95.0, min = 0.0, max = 100.0, help = "Smallest access, 0 to 100: 95 is the top twentieth" }
// max_friends = { type = "int", default = 10, min = 0, max = 1000000, help = "Only customers with at most this many friends, 0 for all" }
// country     = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// access      = { type = "float", title = "Access (0-100)", format = ".1f", help = "Percentile of how well connected those are who listen to the customer" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.access >= $min_access AND s.friend_count > 0 AND ($max_friends = 0 OR s.friend_count <= $max_friends)
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.access AS access, s.friend_count AS friends
ORDER BY access DESC, customer_id
LIMIT $limit
