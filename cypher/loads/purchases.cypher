// /// load
// title = "Purchases"
// ///
// The order line is the identity: somebody may buy the same product many times, also twice in one instant.
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (p:Product {id: row.product_id})
MERGE (c)-[b:BOUGHT {line_id: row.line_id}]->(p)
SET b += row.properties,
    b.run_id = $run_id, b.loaded_from = $source
RETURN count(*) AS rows
