// /// internal
// format  = 1
// title   = "First purchases as columns"
// summary = "Reads the first purchases of a chunk of customers for the snapshot"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
// `first` marks the earliest line of a customer and product that counts; the loader sets it (mark-first-purchases).
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[b:BOUGHT {first: true}]->(p:Product)
RETURN max(c.id) AS last,
       collect(CASE WHEN b IS NOT NULL THEN c.id END) AS customer_id,
       collect(p.id) AS product_id,
       collect(b.at.epochSeconds * 1000000 + b.at.microsecond) AS at,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(toFloat(b.margin), 0.0 / 0.0) END) AS margin
