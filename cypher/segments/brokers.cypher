// /// segment
// format   = 1
// title    = "Brokers"
// question = "Whom should we invite when news should cross from one circle to the next?"
// summary  = "Customers who lie on many of the shortest ways between others"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["broker_score", "component_size"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit     = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_score = { type = "float", default = 95.0, min = 0.0, max = 100.0, help = "Smallest broker score, 0 to 100: 95 is the top twentieth" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// broker_score   = { type = "float", title = "Broker score (0-100)", format = ".1f", help = "Percentile of how often the shortest way between two others leads over the customer" }
// friends        = { type = "int", title = "Friends", format = ",d" }
// component_size = { type = "int", title = "People connected at all", format = ",d", help = "Everybody who can be reached through any chain of ties" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.broker_score >= $min_score
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.broker_score AS broker_score, s.friend_count AS friends, s.component_size AS component_size
ORDER BY broker_score DESC, customer_id
LIMIT $limit
