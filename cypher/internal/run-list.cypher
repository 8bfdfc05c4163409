// /// internal
// format  = 1
// title   = "All runs"
// summary = "Every run that is kept, newest first, and whether it is the one that readers see"
// ///
// Taken once and looked at: the node of a run that is begun or forgotten meanwhile has some or none of its properties.
MATCH (r:Run)
WITH properties(r) AS properties
WHERE properties.id IS NOT NULL AND properties.status IS NOT NULL AND properties.started_at IS NOT NULL
OPTIONAL MATCH (state:_InfluenceState {id: 'current'})
RETURN properties, properties.id = coalesce(state.run, '') AS current
ORDER BY properties.started_at DESC, properties.id DESC
