// /// internal
// title   = "Take over who was in an export"
// [params]
// id = { type = "str", help = "The export" }
// ///
UNWIND $rows AS row
MATCH (e:AudienceExport {id: $id})
MATCH (c:Customer {id: row.customer})
MERGE (e)-[i:INCLUDED]->(c)
SET i = row.properties
RETURN count(i) AS people
