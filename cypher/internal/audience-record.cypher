// /// internal
// format  = 1
// title   = "Record an export"
// summary = "Notes that an audience is being written, before the first byte of it is"
// [params]
// id         = { type = "str", help = "Id of the export" }
// properties = { type = "map", help = "Segment, platform, counts and how it was made" }
// ///
MERGE (e:AudienceExport {id: $id})
SET e += $properties, e.created_at = $now, e.run = $run_id, e.status = 'writing'
