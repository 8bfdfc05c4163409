// /// internal
// title = "Count relationships that vanished"
// [params]
// name   = { type = "str", help = "Label or relationship type, from the contract" }
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
MATCH ()-[r:$($name)]->()
WHERE r.loaded_from = $source
RETURN count(*) AS total, sum(CASE WHEN r.run_id IN $stamps THEN 0 ELSE 1 END) AS vanished
