// /// internal
// format  = 1
// title   = "Release the lock"
// summary = "Lets the lock expire at once if this run was the last to take it"
// [params]
// name  = { type = "str", help = "Name of the lock" }
// token = { type = "int", help = "Fencing token that was handed out when the lock was taken" }
// ///
MATCH (l:_InfluenceLock {name: $name})
SET l.touched_by = $run_id
WITH l
WHERE l.token = $token AND l.run_id = $run_id
SET l.expires_at = datetime({epochMillis: 0})
REMOVE l.run_id, l.who, l.taken_at
RETURN l.token AS token
