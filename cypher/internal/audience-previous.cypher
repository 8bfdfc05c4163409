// /// internal
// format  = 1
// title   = "Previous export of an audience"
// summary = "The last file of the same segment, parameters and platform"
// [params]
// segment  = { type = "str", help = "Name of the segment" }
// params   = { type = "str", help = "Its parameters as JSON" }
// platform = { type = "str", help = "Receiver" }
// ///
MATCH (e:AudienceExport)
WHERE e.segment = $segment AND e.params = $params AND e.platform = $platform AND e.status = 'written'
RETURN e.id AS id, e.created_at AS created_at, e.written AS written
ORDER BY created_at DESC, id DESC
LIMIT 1
