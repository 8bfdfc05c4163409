// /// internal
// format  = 1
// title   = "Customers of an earlier export"
// summary = "How many of some customers an earlier file held"
// [params]
// id = { type = "str", help = "The earlier export" }
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row})<-[:INCLUDED {arm: 'sent'}]-(e:AudienceExport {id: $id})
RETURN count(c) AS kept
