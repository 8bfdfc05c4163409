// /// segment
// format   = 1
// title    = "Super-connectors"
// question = "Whom should we invite when many should hear of it?"
// summary  = "Customers with exceptionally many friends, most first"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["friend_count", "two_hop_reach", "super_connector"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit   = { type = "int", default = 10000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// friends       = { type = "int", title = "Friends", format = ",d" }
// two_hop_reach = { type = "int", title = "Friends and their friends", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.super_connector AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.friend_count AS friends, s.two_hop_reach AS two_hop_reach
ORDER BY friends DESC, customer_id
LIMIT $limit
