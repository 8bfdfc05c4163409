// /// internal
// format  = 1
// title   = "Friendships as columns"
// summary = "Reads the FRIEND ties of a chunk of customers for the snapshot, closed ones included"
// [params]
// until = { type = "str", help = "Id of the last customer" }
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
MATCH (c:Customer)
WHERE c.id > $after AND c.id <= $until
WITH c
ORDER BY c.id
LIMIT $chunk
WITH collect(c) AS chunk, max(c.id) AS last
CALL (chunk) {
  UNWIND chunk AS c
  WITH c, c.id AS own
  MATCH (c)-[r:FRIEND]->(d:Customer)
  RETURN collect(own) AS customer_id,
         collect(d.id) AS friend_id,
         collect(coalesce(r.since.epochSeconds * 1000000 + r.since.microsecond, -9223372036854775808)) AS since,
         collect(coalesce(r.until.epochSeconds * 1000000 + r.until.microsecond, 9223372036854775807)) AS until,
         collect(coalesce(toFloat(r.weight), 0.0 / 0.0)) AS weight
}
RETURN last,
       customer_id,
       friend_id,
       since,
       until,
       weight
