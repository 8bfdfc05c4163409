// /// load
// title = "Campaign nodes"
// ///
// Only the columns of the file are in row.properties: a column the file does not have keeps what an earlier load said.
UNWIND $rows AS row
MERGE (m:Campaign {id: row.campaign_id})
SET m += row.properties,
    m.inferred = null,
    m.run_id = $run_id, m.loaded_from = $source
RETURN count(*) AS rows
