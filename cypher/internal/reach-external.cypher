// /// internal
// format  = 1
// title   = "Followers on other networks as columns"
// summary = "Reads the followers of a chunk of customers on other networks, one figure per network"
// [params]
// as_of = { type = "datetime", help = "Figures counted after this instant are not read" }
// ///
// Two profiles on one network mostly have the same followers: the larger counts. An unknown number stays unknown.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[:HAS_PROFILE]->(p:Profile)
WHERE p.followers IS NOT NULL AND (p.at IS NULL OR p.at <= $as_of)
WITH c, coalesce(toLower(trim(p.network)), '') AS network, max(p.followers) AS followers
WITH c, sum(followers) AS followers, count(followers) AS networks
WITH max(c.id) AS last, collect({id: c.id, followers: followers, networks: networks}) AS found
WITH last, [one IN found WHERE one.networks > 0] AS known
RETURN last,
       [one IN known | one.id] AS customer_id,
       [one IN known | one.followers] AS followers,
       [one IN known | one.networks] AS networks
