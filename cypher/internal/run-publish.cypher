// /// internal
// format  = 1
// title   = "Publish a run"
// summary = "Makes a verified run the one that readers see"
// [params]
// name  = { type = "str", help = "Name of the lock" }
// token = { type = "int", help = "Fencing token" }
// ///
// No row: the lease is lost, the token is old or the run is not verified; then nothing is published.
MATCH (l:_InfluenceLock {name: $name})
SET l.touched_by = $run_id
WITH l
WHERE l.token = $token AND l.run_id = $run_id AND l.expires_at > datetime()
MATCH (r:Run {id: $run_id, status: 'verified'})
MATCH (state:_InfluenceState {id: 'current'})
SET state.run = r.id, r.status = 'published', r.published_at = datetime()
RETURN r.id AS run
