// /// internal
// format  = 1
// title   = "Customers as columns"
// summary = "Reads a chunk of customers for the snapshot"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
RETURN max(c.id) AS last,
       collect(c.id) AS customer_id,
       collect(coalesce(c.segment, '')) AS segment,
       collect(coalesce(c.region, c.country, '')) AS region,
       collect(coalesce(c.joined_at.epochSeconds * 1000000 + c.joined_at.microsecond, -9223372036854775808)) AS joined_at,
       collect(coalesce(c.closed_at.epochSeconds * 1000000 + c.closed_at.microsecond, 9223372036854775807)) AS closed_at,
       collect(coalesce(c.opted_out, false)) AS opted_out
