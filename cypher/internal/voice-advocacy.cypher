// /// internal
// format  = 1
// title   = "Advocacy as columns"
// summary = "Reads what a chunk of customers offered, were asked for, did and declined"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[a:ADVOCATED]->()
RETURN max(c.id) AS last,
       collect(CASE WHEN a IS NOT NULL THEN c.id END) AS customer_id,
       collect(a.kind) AS kind,
       collect(CASE WHEN a IS NOT NULL THEN coalesce(a.status, 'done') END) AS status,
       collect(a.at.epochSeconds * 1000000 + a.at.microsecond) AS at
