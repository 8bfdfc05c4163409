// /// internal
// title = "Create products that other files refer to"
// ///
// A node that no file describes: reports can name it, checks can list it, a later file completes it.
UNWIND $rows AS row
MERGE (p:Product {id: row})
ON CREATE SET p.inferred = true, p.run_id = $run_id, p.loaded_from = $source
RETURN count(*) AS rows
