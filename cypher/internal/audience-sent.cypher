// /// internal
// format  = 1
// title   = "Everybody in an earlier file"
// summary = "Ids of the customers whom an earlier export held, a chunk at a time"
// [params]
// id    = { type = "str", help = "The earlier export" }
// limit = { type = "int", help = "How many ids to return" }
// ///
MATCH (:AudienceExport {id: $id})-[i:INCLUDED]->(c:Customer)
WHERE i.arm = 'sent' AND c.id > $after
RETURN c.id AS customer
ORDER BY customer
LIMIT $limit
