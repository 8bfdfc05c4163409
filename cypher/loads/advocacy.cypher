// /// load
// title = "Advocacy"
// ///
// Exactly one of the two targets is filled in; matching a null id finds nothing.
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
OPTIONAL MATCH (t:Topic {id: row.topic_id})
OPTIONAL MATCH (p:Product {id: row.product_id})
WITH row, c, coalesce(t, p) AS target
WHERE target IS NOT NULL
MERGE (c)-[a:ADVOCATED {key: row.key}]->(target)
SET a += row.properties,
    a.run_id = $run_id, a.loaded_from = $source
RETURN count(*) AS rows
