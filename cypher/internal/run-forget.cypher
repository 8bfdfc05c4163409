// /// internal
// format  = 1
// title   = "Forget a run"
// summary = "Deletes the node of a run whose scores are gone; never that of the current run"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (r:Run {id: $id})
WHERE NOT EXISTS { MATCH (:_InfluenceState {id: 'current', run: $id}) }
DELETE r
RETURN count(*) AS deleted
