// /// internal
// format  = 1
// title   = "Scores as columns"
// summary = "Reads the scores of a run for a chunk of customers, to verify and to compare runs"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked.
MATCH (s:Score)
WHERE s.run = $run_id AND s.customer > $after
WITH s
ORDER BY s.customer
LIMIT $chunk
OPTIONAL MATCH (c:Customer)-[:SCORED]->(s)
RETURN max(s.customer) AS last,
       collect(coalesce(c.id, '')) AS customer,
       collect([name IN $measures | s[name]]) AS figures
