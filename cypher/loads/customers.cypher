// /// load
// title = "Customer nodes"
// ///
// Only the columns of the file are in row.properties: a column the file does not have keeps what an earlier load said.
UNWIND $rows AS row
MERGE (c:Customer {id: row.customer_id})
SET c += row.properties,
    c.inferred = null,
    c.run_id = $run_id, c.loaded_from = $source
RETURN count(*) AS rows
