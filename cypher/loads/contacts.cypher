// /// load
// title = "Support contacts"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MERGE (h:Channel {id: row.channel})
MERGE (c)-[k:CONTACTED {key: row.key}]->(h)
SET k += row.properties,
    k.run_id = $run_id, k.loaded_from = $source
RETURN count(*) AS rows
