// /// internal
// format  = 1
// title   = "Support contacts as columns"
// summary = "Reads the support contacts of a chunk of customers"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[k:CONTACTED]->(h:Channel)
RETURN max(c.id) AS last,
       collect(CASE WHEN k IS NOT NULL THEN c.id END) AS customer_id,
       collect(h.id) AS channel,
       collect(k.at.epochSeconds * 1000000 + k.at.microsecond) AS at,
       collect(CASE WHEN k IS NOT NULL THEN coalesce(toFloat(k.cost), 0.0 / 0.0) END) AS cost,
       collect(CASE WHEN k IS NOT NULL THEN coalesce(toFloat(k.saved), 0.0 / 0.0) END) AS saved,
       collect(CASE WHEN k IS NOT NULL THEN coalesce(k.currency, '') END) AS currency,
       collect(CASE WHEN k IS NOT NULL THEN coalesce(k.solved_by, '') END) AS solved_by,
       collect(CASE WHEN k IS NOT NULL THEN coalesce(k.solved_at.epochSeconds * 1000000 + k.solved_at.microsecond, 9223372036854775807) END) AS solved_at
