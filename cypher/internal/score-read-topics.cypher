// /// internal
// format  = 1
// title   = "Topic scores as columns"
// summary = "Reads the topic scores of a run for a chunk of customers"
// [params]
// measures = { type = "list[str]", help = "Measures to read" }
// ///
// A chunk is never empty: only nodes that have something to read are walked. The index gives them in order, so a chunk
// ends where it is full; found by the run alone, every chunk would sort all scores.
MATCH (s:Score)
USING INDEX s:Score(run, customer)
WHERE s.run = $run_id AND s.customer > $after AND EXISTS { MATCH (s)-[:IN_TOPIC]->(:TopicScore) }
WITH s
ORDER BY s.run, s.customer
LIMIT $chunk
MATCH (s)-[:IN_TOPIC]->(ts:TopicScore)
OPTIONAL MATCH (ts)-[:OF]->(t:Topic)
RETURN max(s.customer) AS last,
       collect(s.customer) AS customer,
       collect(coalesce(t.id, '')) AS topic,
       collect([name IN $measures | ts[name]]) AS figures
