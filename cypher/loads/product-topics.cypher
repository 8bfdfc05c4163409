// /// load
// title = "Topics of products"
// ///
UNWIND $rows AS row
MATCH (p:Product {id: row.product_id})
MATCH (t:Topic {id: row.topic_id})
MERGE (p)-[a:ABOUT]->(t)
SET a += row.properties,
    a.run_id = $run_id, a.loaded_from = $source
RETURN count(*) AS rows
