// /// internal
// format  = 1
// title   = "First purchases as columns"
// summary = "Reads the first purchases of a chunk of customers for the snapshot"
// [params]
// until = { type = "str", help = "Id of the last customer" }
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
// `first` marks the earliest line of a customer and product that counts; the loader sets it (mark-first-purchases).
MATCH (c:Customer)
WHERE c.id > $after AND c.id <= $until
WITH c
ORDER BY c.id
LIMIT $chunk
WITH collect(c) AS chunk, max(c.id) AS last
CALL (chunk) {
  UNWIND chunk AS c
  WITH c, c.id AS own
  MATCH (c)-[b:BOUGHT {first: true}]->(p:Product)
  RETURN collect(own) AS customer_id,
         collect(p.id) AS product_id,
         collect(b.at.epochSeconds * 1000000 + b.at.microsecond) AS at,
         collect(coalesce(toFloat(b.margin), 0.0 / 0.0)) AS margin
}
RETURN last,
       customer_id,
       product_id,
       at,
       margin
