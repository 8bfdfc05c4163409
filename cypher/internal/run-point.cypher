// /// internal
// format  = 1
// title   = "Show an earlier run"
// summary = "Makes a run that was published before the one that readers see"
// [params]
// id = { type = "str", help = "Run to show" }
// ///
// The time of publication stays: it says how old the scores are.
MATCH (r:Run {id: $id, status: 'published'})
MATCH (state:_InfluenceState {id: 'current'})
SET state.run = r.id
RETURN r.id AS run
