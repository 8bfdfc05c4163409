// /// metric
// format    = 1
// title     = "People who listen"
// summary   = "Distinct people whom the customer can influence (metrics.md 3.1)"
// owner     = "data"
// measure   = "friends_in"
// unit      = "people"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// friends_in = { type = "int", title = "People who listen" }
// ///
// Influence runs from the followed to the follower, and both ways between friends.
MATCH (v:Customer)
WHERE (v.joined_at IS NULL OR v.joined_at <= $as_of) AND (v.closed_at IS NULL OR v.closed_at > $as_of)
OPTIONAL MATCH (v)-[tie:FRIEND|FOLLOWS]-(u:Customer)
WHERE u <> v
  AND (type(tie) = 'FRIEND' OR endNode(tie) = v)
  AND (tie.since IS NULL OR tie.since <= $as_of) AND (tie.until IS NULL OR tie.until > $as_of)
  AND (u.joined_at IS NULL OR u.joined_at <= $as_of) AND (u.closed_at IS NULL OR u.closed_at > $as_of)
RETURN v.id AS customer_id, count(DISTINCT u) AS friends_in
ORDER BY customer_id
