// /// internal
// format  = 1
// title   = "Willingness as columns"
// summary = "Reads the stated willingness and the segment of a chunk of customers"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
RETURN max(c.id) AS last,
       collect(c.id) AS customer_id,
       collect(coalesce(toFloat(c.willingness), 0.0 / 0.0)) AS willingness,
       collect(coalesce(c.segment, '')) AS segment
