// /// internal
// format  = 1
// title   = "Close the record of an export"
// summary = "Says how the writing of an audience ended, and which files there are"
// [params]
// id      = { type = "str", help = "Id of the export" }
// status  = { type = "str", help = "written or failed" }
// files   = { type = "list[str]", help = "Names of the files" }
// digests = { type = "list[str]", help = "SHA-256 of each file" }
// ///
MATCH (e:AudienceExport {id: $id})
SET e.status = $status, e.files = $files, e.digests = $digests
