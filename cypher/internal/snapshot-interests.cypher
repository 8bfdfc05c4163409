// /// internal
// format  = 1
// title   = "Declared interests as columns"
// summary = "Reads the declared interests of a chunk of customers for the snapshot"
// [params]
// as_of = { type = "datetime", help = "Nothing dated after it is read" }
// ///
// An interest without a source was declared; one dated after the as-of instant is not known yet.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
WITH collect(c) AS chunk, max(c.id) AS last
CALL (chunk) {
  UNWIND chunk AS c
  MATCH (c)-[i:INTERESTED_IN]->(t:Topic)
  WHERE coalesce(i.source, 'declared') = 'declared'
    AND (i.at IS NULL OR i.at <= $as_of)
  RETURN collect(c.id) AS customer_id,
         collect(t.id) AS topic_id
}
RETURN last,
       customer_id,
       topic_id
