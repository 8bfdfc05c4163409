// /// internal
// format  = 1
// title   = "Evidence as columns"
// summary = "Reads the evidence of a run for a chunk of customers, to verify it"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked. The index gives them in order, so a chunk
// ends where it is full; found by the run alone, every chunk would sort all scores.
MATCH (s:Score)
USING INDEX s:Score(run, customer)
WHERE s.run = $run_id AND s.customer > $after AND EXISTS { MATCH (s)-[:FOLLOWED_IN]->(:Product) }
WITH s
ORDER BY s.run, s.customer
LIMIT $chunk
MATCH (s)-[e:FOLLOWED_IN]->(p:Product)
RETURN max(s.customer) AS last,
       collect(s.customer) AS customer,
       collect(p.id) AS product,
       collect([name IN $measures | e[name]]) AS figures
