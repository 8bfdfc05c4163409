// /// load
// title = "Campaign exposures"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (m:Campaign {id: row.campaign_id})
MERGE (c)-[x:EXPOSED_TO {key: row.key}]->(m)
SET x += row.properties,
    x.run_id = $run_id, x.loaded_from = $source
RETURN count(*) AS rows
