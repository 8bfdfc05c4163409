// /// internal
// title = "Create campaigns that other files refer to"
// ///
// A node that no file describes: reports can name it, checks can list it, a later file completes it.
UNWIND $rows AS row
MERGE (m:Campaign {id: row})
ON CREATE SET m.inferred = true, m.run_id = $run_id, m.loaded_from = $source
RETURN count(*) AS rows
