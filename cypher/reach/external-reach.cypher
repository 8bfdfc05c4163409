// /// metric
// format    = 1
// title     = "Followers elsewhere"
// summary   = "Followers over profiles on other networks, the largest profile per network (metrics.md 3.1)"
// owner     = "data"
// measure   = "external_reach"
// unit      = "followers"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// external_reach = { type = "int", title = "Followers elsewhere" }
// ///
// A customer without any known number has no row: unknown is not 0.
MATCH (v:Customer)-[:HAS_PROFILE]->(p:Profile)
WHERE p.followers IS NOT NULL AND (p.at IS NULL OR p.at <= $as_of)
WITH v, coalesce(toLower(trim(p.network)), '') AS network, max(p.followers) AS followers
RETURN v.id AS customer_id, sum(followers) AS external_reach
ORDER BY customer_id
