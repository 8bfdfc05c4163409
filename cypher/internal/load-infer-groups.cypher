// /// internal
// title = "Create groups that other files refer to"
// ///
// A node that no file describes: reports can name it, checks can list it, a later file completes it.
UNWIND $rows AS row
MERGE (g:Group {id: row})
ON CREATE SET g.inferred = true, g.run_id = $run_id, g.loaded_from = $source
RETURN count(*) AS rows
