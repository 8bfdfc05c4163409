// /// internal
// title   = "Records of exports"
// summary = "Every audience export as it stands"
// ///
MATCH (e:AudienceExport)
RETURN e.id AS id, properties(e) AS properties
ORDER BY id
