// /// internal
// format  = 1
// title   = "Survey answers as columns"
// summary = "Reads the survey answers of a chunk of customers"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[:ANSWERED]->(r:Response)
RETURN max(c.id) AS last,
       collect(CASE WHEN r IS NOT NULL THEN c.id END) AS customer_id,
       collect(r.kind) AS kind,
       collect(CASE WHEN r IS NOT NULL THEN toFloat(r.score) END) AS score,
       collect(r.at.epochSeconds * 1000000 + r.at.microsecond) AS at
