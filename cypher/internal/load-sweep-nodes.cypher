// /// internal
// title = "Delete nodes that vanished"
// [params]
// name   = { type = "str", help = "Label or relationship type, from the contract" }
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
MATCH (n:$($name))
WHERE n.loaded_from = $source AND n.inferred IS NULL AND NOT n.run_id IN $stamps
WITH n
LIMIT $batch_size
DELETE n
RETURN count(*) AS swept
