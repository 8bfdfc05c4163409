// /// internal
// format  = 1
// title   = "Referrals as columns"
// summary = "Reads how many people a chunk of customers had invited"
// ///
// Columnar read: one record per chunk, one list per column; unknown is a sentinel, because collect() would drop a null and
// shift the column.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[r:REFERRED]->(other:Customer)
RETURN max(c.id) AS last,
       collect(CASE WHEN r IS NOT NULL THEN c.id END) AS customer_id,
       collect(other.id) AS referred_id,
       collect(CASE WHEN r IS NOT NULL THEN coalesce(
         r.at.epochSeconds * 1000000 + r.at.microsecond,
         r.lead_at.epochSeconds * 1000000 + r.lead_at.microsecond,
         r.customer_at.epochSeconds * 1000000 + r.customer_at.microsecond,
         -9223372036854775808
       ) END) AS at
