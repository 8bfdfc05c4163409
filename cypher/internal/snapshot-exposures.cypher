// /// internal
// format  = 1
// title   = "Campaign exposures as columns"
// summary = "Reads the campaign exposures of a chunk of customers for the snapshot"
// ///
// Columnar read: one record per chunk, one list per column. An instant is microseconds since 1970, exact; unknown is
// the sentinel of influence.snapshot.arrays, because collect() would drop a null and shift the column.
// An exposure without an end lasts until the end of its campaign.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
WITH collect(c) AS chunk, max(c.id) AS last
CALL (chunk) {
  UNWIND chunk AS c
  MATCH (c)-[x:EXPOSED_TO]->(m:Campaign)
  RETURN collect(c.id) AS customer_id,
         collect(coalesce(m.product_id, '')) AS product_id,
         collect(coalesce(m.topic_id, '')) AS topic_id,
         collect(coalesce(x.at.epochSeconds * 1000000 + x.at.microsecond, -9223372036854775808)) AS begins,
         collect(coalesce(
           x.until.epochSeconds * 1000000 + x.until.microsecond,
           m.ends_at.epochSeconds * 1000000 + m.ends_at.microsecond,
           9223372036854775807
         )) AS ends
}
RETURN last,
       customer_id,
       product_id,
       topic_id,
       begins,
       ends
