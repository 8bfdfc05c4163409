// /// internal
// format  = 1
// title   = "All runs"
// summary = "Every run that is kept, newest first, and whether it is the one that readers see"
// ///
// Taken once and asked for its id: the node of a run that is forgotten meanwhile has no properties left.
MATCH (r:Run)
WITH properties(r) AS properties
WHERE properties.id IS NOT NULL
OPTIONAL MATCH (state:_InfluenceState {id: 'current'})
RETURN properties, properties.id = coalesce(state.run, '') AS current
ORDER BY properties.started_at DESC, properties.id DESC
