// /// internal
// title = "Create topics that other files refer to"
// ///
// A node that no file describes: reports can name it, checks can list it, a later file completes it.
UNWIND $rows AS row
MERGE (t:Topic {id: row})
ON CREATE SET t.inferred = true, t.run_id = $run_id, t.loaded_from = $source
RETURN count(*) AS rows
