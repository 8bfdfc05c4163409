// /// check
// title    = "The current run is missing"
// summary  = "What readers see is a published run that exists"
// severity = "error"
// category = "runs"
// key      = ["run"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// run    = { type = "str", title = "Run" }
// reason = { type = "str", title = "Reason" }
// ///
MATCH (state:_InfluenceState {id: 'current'})
WHERE state.run IS NOT NULL
OPTIONAL MATCH (r:Run {id: state.run})
WITH state, r
WHERE r IS NULL OR r.published_at IS NULL
RETURN state.run AS run, CASE WHEN r IS NULL THEN 'does not exist' ELSE 'was never published' END AS reason
ORDER BY run
LIMIT $limit
