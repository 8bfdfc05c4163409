// /// internal
// format  = 1
// title   = "Products as columns"
// summary = "Reads a chunk of products for the snapshot"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
MATCH (p:Product)
WHERE p.id > $after
WITH p
ORDER BY p.id
LIMIT $chunk
RETURN max(p.id) AS last,
       collect(p.id) AS product_id,
       collect(coalesce(p.launched_at.epochSeconds * 1000000 + p.launched_at.microsecond, -9223372036854775808)) AS launched_at,
       collect(coalesce(p.withdrawn_at.epochSeconds * 1000000 + p.withdrawn_at.microsecond, 9223372036854775807)) AS withdrawn_at
