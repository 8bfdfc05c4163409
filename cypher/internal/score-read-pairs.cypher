// /// internal
// format  = 1
// title   = "Persuaded pairs as columns"
// summary = "Reads the persuaded pairs of a run for a chunk of customers"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked.
MATCH (c:Customer)
WHERE c.id > $after AND EXISTS { MATCH (c)-[:PERSUADED {run: $run_id}]->(:Customer) }
WITH c
ORDER BY c.id
LIMIT $chunk
MATCH (c)-[p:PERSUADED {run: $run_id}]->(d:Customer)
RETURN max(c.id) AS last,
       collect(c.id) AS source,
       collect(d.id) AS target,
       collect([name IN $measures | p[name]]) AS figures
