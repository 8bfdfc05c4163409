// /// load
// title = "Product nodes"
// ///
// Only the columns of the file are in row.properties: a column the file does not have keeps what an earlier load said.
UNWIND $rows AS row
MERGE (p:Product {id: row.product_id})
SET p += row.properties,
    p.inferred = null,
    p.run_id = $run_id, p.loaded_from = $source
RETURN count(*) AS rows
