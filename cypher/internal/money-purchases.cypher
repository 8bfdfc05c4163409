// /// internal
// format  = 1
// title   = "Purchase lines with money as columns"
// summary = "Reads every purchase line of a chunk of customers with revenue, margin, returns and refunds"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; an unknown
// instant is "never", so that the line is left out; unknown money is not a number, never 0.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
OPTIONAL MATCH (c)-[b:BOUGHT]->(:Product)
RETURN max(c.id) AS last,
       collect(CASE WHEN b IS NOT NULL THEN c.id END) AS customer_id,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(b.at.epochSeconds * 1000000 + b.at.microsecond, 9223372036854775807) END) AS at,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(toFloat(b.revenue), 0.0 / 0.0) END) AS revenue,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(toFloat(b.margin), 0.0 / 0.0) END) AS margin,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(b.quantity, 1) <= 0 END) AS returned,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(b.refunded, false) END) AS refunded,
       collect(CASE WHEN b IS NOT NULL THEN coalesce(b.currency, '') END) AS currency
