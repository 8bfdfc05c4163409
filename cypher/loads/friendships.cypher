// /// load
// title = "Friendships"
// [params]
// opened = { type = "datetime", optional = true, help = "Begin of ties that are new since the snapshot before; null when there was none" }
// ///
// The loader puts the smaller id first, so that a friendship is stored once. A file without a column `since` leaves
// $opened in place: then the tie is known to be younger than the snapshot before.
UNWIND $rows AS row
MATCH (a:Customer {id: row.customer_id})
MATCH (b:Customer {id: row.friend_id})
MERGE (a)-[f:FRIEND]->(b)
ON CREATE SET f.since = $opened
SET f += row.properties,
    f.run_id = $run_id, f.loaded_from = $source
RETURN count(*) AS rows
