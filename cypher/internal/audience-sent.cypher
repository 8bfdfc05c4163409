// /// internal
// format  = 1
// title   = "Everybody in an earlier file"
// summary = "Ids of the customers whom an earlier export held"
// [params]
// id = { type = "str", help = "The earlier export" }
// ///
MATCH (:AudienceExport {id: $id})-[i:INCLUDED]->(c:Customer)
WHERE i.arm = 'sent'
RETURN c.id AS customer
