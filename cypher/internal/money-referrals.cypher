// /// internal
// format  = 1
// title   = "Referrals as columns"
// summary = "Reads the recorded referrals of a chunk of referrers with stages, times, incentives and keyed identifiers"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays. The identifiers are keyed hashes; they only tell equal from different.
MATCH (c:Customer)
WHERE c.id > $after AND EXISTS { MATCH (c)-[:REFERRED]->(:Customer) }
WITH c
ORDER BY c.id
LIMIT $chunk
MATCH (c)-[r:REFERRED]->(d:Customer)
RETURN max(c.id) AS last,
       collect(c.id) AS referrer_id,
       collect(d.id) AS referred_id,
       collect(coalesce(r.at.epochSeconds * 1000000 + r.at.microsecond, -9223372036854775808)) AS at,
       collect(coalesce(r.lead_at.epochSeconds * 1000000 + r.lead_at.microsecond, -9223372036854775808)) AS lead_at,
       collect(coalesce(r.customer_at.epochSeconds * 1000000 + r.customer_at.microsecond, -9223372036854775808)) AS customer_at,
       collect(coalesce(r.approved_at.epochSeconds * 1000000 + r.approved_at.microsecond, -9223372036854775808)) AS approved_at,
       collect(coalesce(r.status, '')) AS status,
       collect(coalesce(toFloat(r.incentive), 0.0 / 0.0)) AS incentive,
       collect(coalesce(r.currency, '')) AS currency,
       collect(coalesce(r.email_key, '')) AS email_key,
       collect(coalesce(r.device_key, '')) AS device_key,
       collect(coalesce(r.same_household, false)) AS same_household
