// /// load
// title = "Follows"
// [params]
// opened = { type = "datetime", optional = true, help = "Begin of ties that are new since the snapshot before; null when there was none" }
// ///
// From the follower to the followed; influence runs the other way. $opened as for friendships.
UNWIND $rows AS row
MATCH (a:Customer {id: row.follower_id})
MATCH (b:Customer {id: row.followed_id})
MERGE (a)-[f:FOLLOWS]->(b)
ON CREATE SET f.since = $opened
SET f += row.properties,
    f.run_id = $run_id, f.loaded_from = $source
RETURN count(*) AS rows
