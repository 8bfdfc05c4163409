// /// internal
// format  = 1
// title   = "Take a run out of use"
// summary = "Says that the scores of a run are about to be deleted; never those of the current run"
// [params]
// id = { type = "str", help = "Run" }
// ///
// First of all: whoever has read half of its scores, or finds what a crash left of them, can tell.
MATCH (r:Run {id: $id})
WHERE NOT EXISTS { MATCH (:_InfluenceState {id: 'current', run: $id}) }
SET r.status = 'removed'
RETURN count(*) AS deleted
