// /// internal
// format  = 1
// title   = "Friendships as columns"
// summary = "Reads the FRIEND ties of a chunk of customers for the snapshot, closed ones included"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[r:FRIEND]->(d:Customer)
RETURN max(c.id) AS last,
       collect(CASE WHEN r IS NOT NULL THEN c.id END) AS customer_id,
       collect(d.id) AS friend_id,
       collect(CASE WHEN r IS NOT NULL THEN coalesce(r.since.epochSeconds * 1000000 + r.since.microsecond, -9223372036854775808) END) AS since,
       collect(CASE WHEN r IS NOT NULL THEN coalesce(r.until.epochSeconds * 1000000 + r.until.microsecond, 9223372036854775807) END) AS until,
       collect(CASE WHEN r IS NOT NULL THEN coalesce(toFloat(r.weight), 0.0 / 0.0) END) AS weight
