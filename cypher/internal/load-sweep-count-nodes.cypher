// /// internal
// title = "Count nodes that vanished"
// [params]
// name   = { type = "str", help = "Label or relationship type, from the contract" }
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// ///
MATCH (n:$($name))
WHERE n.loaded_from = $source AND n.inferred IS NULL
RETURN count(*) AS total, sum(CASE WHEN n.run_id IN $stamps THEN 0 ELSE 1 END) AS vanished
