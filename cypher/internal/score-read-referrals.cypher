// /// internal
// format  = 1
// title   = "Referrals of a run as columns"
// summary = "Reads what became of the referrals of a chunk of customers, to verify it"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked. The index gives them in order, so a chunk
// ends where it is full; found by the run alone, every chunk would sort all scores.
MATCH (s:Score)
USING INDEX s:Score(run, customer)
WHERE s.run = $run_id AND s.customer > $after AND EXISTS { MATCH (s)-[:REVIEWED]->(:Customer) }
WITH s
ORDER BY s.run, s.customer
LIMIT $chunk
MATCH (s)-[r:REVIEWED]->(c:Customer)
RETURN max(s.customer) AS last,
       collect(s.customer) AS source,
       collect(c.id) AS target,
       collect([name IN $measures | r[name]]) AS figures
