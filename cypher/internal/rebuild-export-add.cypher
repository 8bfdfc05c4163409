// /// internal
// title   = "Take over the record of an export"
// [params]
// id         = { type = "str", help = "The export" }
// properties = { type = "map", help = "Its record" }
// ///
MERGE (e:AudienceExport {id: $id})
SET e = $properties
