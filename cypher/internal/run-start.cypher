// /// internal
// format  = 1
// title   = "Start a run"
// summary = "Creates the node of a run that has begun"
// [params]
// properties = { type = "map", help = "Parameters, versions and input watermark" }
// ///
MERGE (:_InfluenceState {id: 'current'})
CREATE (r:Run {id: $run_id, status: 'running', started_at: $now})
SET r += $properties
RETURN r.id AS run
