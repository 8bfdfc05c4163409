// /// internal
// format  = 1
// title   = "All runs"
// summary = "Every run that is kept, newest first, and whether it is the one that readers see"
// ///
MATCH (r:Run)
OPTIONAL MATCH (state:_InfluenceState {id: 'current'})
RETURN properties(r) AS properties, r.id = coalesce(state.run, '') AS current
ORDER BY r.started_at DESC, r.id DESC
