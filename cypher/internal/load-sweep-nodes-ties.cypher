// /// internal
// title = "Delete the relationships of nodes that vanished"
// [params]
// name   = { type = "str", help = "Label or relationship type, from the contract" }
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
// In batches, before the nodes: deleting a node with all it has in one transaction knows no bound.
MATCH (n:$($name))-[r]-()
WHERE n.loaded_from = $source AND n.inferred IS NULL AND NOT n.run_id IN $stamps
WITH DISTINCT r
LIMIT $batch_size
DELETE r
RETURN count(*) AS swept
