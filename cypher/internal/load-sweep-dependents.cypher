// /// internal
// title = "Delete what hangs on vanished customers alone"
// [params]
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
// Scores, answers and profiles are nodes of one customer and mean nothing without it.
MATCH (n:Customer)-[:SCORED|ANSWERED|HAS_PROFILE]->(d)
WHERE n.loaded_from = $source AND n.inferred IS NULL AND NOT n.run_id IN $stamps
WITH d
LIMIT $batch_size
OPTIONAL MATCH (d)-[:IN_TOPIC]->(t:TopicScore)
WITH d, collect(t) AS topics
FOREACH (t IN topics | DETACH DELETE t)
DETACH DELETE d
RETURN count(*) AS swept
