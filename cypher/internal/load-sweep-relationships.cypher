// /// internal
// title = "Delete relationships that vanished"
// [params]
// name   = { type = "str", help = "Label or relationship type, from the contract" }
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
MATCH (n)-[r:$($name)]->()
WHERE r.loaded_from = $source AND NOT r.run_id IN $stamps
WITH n, r
LIMIT $batch_size
WITH r, n.id AS owner
DELETE r
RETURN count(*) AS swept, collect(DISTINCT owner) AS owners
