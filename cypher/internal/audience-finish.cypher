// /// internal
// format  = 1
// title   = "Close the record of an export"
// summary = "Says how the writing of an audience ended: written or failed"
// [params]
// id     = { type = "str", help = "Id of the export" }
// status = { type = "str", help = "written or failed" }
// ///
MATCH (e:AudienceExport {id: $id})
SET e.status = $status
