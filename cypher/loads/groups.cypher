// /// load
// title = "Group nodes"
// ///
// Only the columns of the file are in row.properties: a column the file does not have keeps what an earlier load said.
UNWIND $rows AS row
MERGE (g:Group {id: row.group_id})
SET g += row.properties,
    g.inferred = null,
    g.run_id = $run_id, g.loaded_from = $source
RETURN count(*) AS rows
