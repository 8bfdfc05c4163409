// /// internal
// title = "Create customers that other files refer to"
// ///
// A node that no file describes: reports can name it, checks can list it, a later file completes it.
UNWIND $rows AS row
MERGE (c:Customer {id: row})
ON CREATE SET c.inferred = true, c.run_id = $run_id, c.loaded_from = $source
RETURN count(*) AS rows
