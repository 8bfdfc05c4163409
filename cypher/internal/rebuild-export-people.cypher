// /// internal
// title   = "Who was in an export"
// summary = "Customers of one export with their arm, a chunk at a time"
// [params]
// id    = { type = "str", help = "The export" }
// limit = { type = "int", help = "How many to return" }
// ///
MATCH (:AudienceExport {id: $id})-[i:INCLUDED]->(c:Customer)
WHERE c.id > $after
RETURN c.id AS customer, properties(i) AS properties
ORDER BY customer
LIMIT $limit
