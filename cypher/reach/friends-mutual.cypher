// /// metric
// format    = 1
// title     = "Friends both ways"
// summary   = "Distinct people tied to the customer in both directions (metrics.md 3.1)"
// owner     = "data"
// measure   = "friends_mutual"
// unit      = "people"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// friends_mutual = { type = "int", title = "Friends both ways" }
// ///
// A friendship is mutual by itself, two follows are when each follows the other.
MATCH (v:Customer)
WHERE (v.joined_at IS NULL OR v.joined_at <= $as_of) AND (v.closed_at IS NULL OR v.closed_at > $as_of)
OPTIONAL MATCH (v)-[tie:FRIEND|FOLLOWS]-(u:Customer)
WHERE u <> v
  AND (tie.since IS NULL OR tie.since <= $as_of) AND (tie.until IS NULL OR tie.until > $as_of)
  AND (u.joined_at IS NULL OR u.joined_at <= $as_of) AND (u.closed_at IS NULL OR u.closed_at > $as_of)
WITH v, u,
     count(CASE WHEN type(tie) = 'FRIEND' OR endNode(tie) = v THEN 1 END) > 0 AS listens,
     count(CASE WHEN type(tie) = 'FRIEND' OR startNode(tie) = v THEN 1 END) > 0 AS heard
RETURN v.id AS customer_id, count(CASE WHEN listens AND heard THEN u END) AS friends_mutual
ORDER BY customer_id
