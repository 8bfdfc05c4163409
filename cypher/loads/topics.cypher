// /// load
// title = "Topic nodes"
// ///
// Only the columns of the file are in row.properties: a column the file does not have keeps what an earlier load said.
UNWIND $rows AS row
MERGE (t:Topic {id: row.topic_id})
SET t += row.properties,
    t.inferred = null,
    t.run_id = $run_id, t.loaded_from = $source
RETURN count(*) AS rows
