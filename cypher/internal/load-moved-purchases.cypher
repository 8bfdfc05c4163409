// /// internal
// title = "Order lines that changed hands"
// ///
// A corrected order line belongs to another customer or product now; the old relationship makes room for it.
UNWIND $rows AS row
MATCH (c:Customer)-[b:BOUGHT {line_id: row.line_id}]->(p:Product)
WHERE c.id <> row.customer_id OR p.id <> row.product_id
WITH b, c.id AS owner
DELETE b
RETURN collect(DISTINCT owner) AS owners
