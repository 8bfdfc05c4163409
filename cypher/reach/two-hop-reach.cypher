// /// metric
// format    = 1
// title     = "Friends and their friends"
// summary   = "Distinct people reached in one or two steps of influence (metrics.md 3.1)"
// owner     = "data"
// measure   = "two_hop_reach"
// unit      = "people"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// two_hop_reach = { type = "int", title = "Friends and their friends" }
// ///
// Step one: who listens to v. Step two: who listens to them. v itself is left out.
MATCH (v:Customer)
WHERE (v.joined_at IS NULL OR v.joined_at <= $as_of) AND (v.closed_at IS NULL OR v.closed_at > $as_of)
OPTIONAL MATCH (v)-[one:FRIEND|FOLLOWS]-(u:Customer)
WHERE (type(one) = 'FRIEND' OR endNode(one) = v)
  AND (one.since IS NULL OR one.since <= $as_of) AND (one.until IS NULL OR one.until > $as_of)
  AND (u.joined_at IS NULL OR u.joined_at <= $as_of) AND (u.closed_at IS NULL OR u.closed_at > $as_of)
OPTIONAL MATCH (u)-[two:FRIEND|FOLLOWS]-(x:Customer)
WHERE (type(two) = 'FRIEND' OR endNode(two) = u)
  AND (two.since IS NULL OR two.since <= $as_of) AND (two.until IS NULL OR two.until > $as_of)
  AND (x.joined_at IS NULL OR x.joined_at <= $as_of) AND (x.closed_at IS NULL OR x.closed_at > $as_of)
WITH v, collect(DISTINCT u) + collect(DISTINCT x) AS reached
UNWIND CASE WHEN reached = [] THEN [null] ELSE reached END AS person
RETURN v.id AS customer_id, count(DISTINCT CASE WHEN person <> v THEN person END) AS two_hop_reach
ORDER BY customer_id
