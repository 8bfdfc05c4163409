// /// internal
// format  = 1
// title   = "Scores as columns"
// summary = "Reads the scores of a run for a chunk of customers, to verify and to compare runs"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked. The index gives them in order, so a chunk
// ends where it is full; found by the run alone, every chunk would sort all scores.
MATCH (s:Score)
USING INDEX s:Score(run, customer)
WHERE s.run = $run_id AND s.customer > $after
WITH s
ORDER BY s.run, s.customer
LIMIT $chunk
OPTIONAL MATCH (c:Customer)-[:SCORED]->(s)
RETURN max(s.customer) AS last,
       collect(coalesce(c.id, '')) AS customer,
       collect([name IN $measures | s[name]]) AS figures
