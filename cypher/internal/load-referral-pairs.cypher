// /// internal
// title = "Referrals as columns"
// ///
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[r:REFERRED]->(d:Customer)
RETURN max(c.id) AS last,
       collect(CASE WHEN r IS NOT NULL THEN c.id END) AS referrer_id,
       collect(d.id) AS referred_id
