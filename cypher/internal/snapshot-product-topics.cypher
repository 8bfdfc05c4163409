// /// internal
// format  = 1
// title   = "Topics of products as columns"
// summary = "Reads what a chunk of products is about, for the snapshot"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
MATCH (p:Product)
WHERE p.id > $after
WITH p
ORDER BY p.id
LIMIT $chunk
WITH collect(p) AS chunk, max(p.id) AS last
CALL (chunk) {
  UNWIND chunk AS p
  MATCH (p)-[a:ABOUT]->(t:Topic)
  RETURN collect(p.id) AS product_id,
         collect(t.id) AS topic_id,
         collect(coalesce(toFloat(a.weight), 1.0)) AS weight
}
RETURN last,
       product_id,
       topic_id,
       weight
