// /// internal
// format  = 1
// title   = "Memberships as columns"
// summary = "Reads the memberships of a chunk of customers"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[m:MEMBER_OF]->(g:Group)
RETURN max(c.id) AS last,
       collect(CASE WHEN m IS NOT NULL THEN c.id END) AS customer_id,
       collect(g.id) AS group_id,
       collect(CASE WHEN m IS NOT NULL THEN coalesce(m.joined_at.epochSeconds * 1000000 + m.joined_at.microsecond, -9223372036854775808) END) AS joined_at,
       collect(CASE WHEN m IS NOT NULL THEN coalesce(m.left_at.epochSeconds * 1000000 + m.left_at.microsecond, 9223372036854775807) END) AS left_at
