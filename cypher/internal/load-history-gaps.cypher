// /// internal
// title   = "Files outside the history"
// summary = "Files whose rows are in the graph and that no load in the history names, such as half loaded ones"
// ///
MATCH (f:_InfluenceFile)
WHERE NOT EXISTS { MATCH (h:_InfluenceHistory) WHERE f.key IN h.files }
RETURN f.key AS key, f.name AS file, f.loaded_from AS source, f.status AS status
ORDER BY source, file
