// /// internal
// format  = 1
// title   = "Renew the lock"
// summary = "Extends the lock if this run was the last to take it; run first in every writing transaction"
// [params]
// name    = { type = "str", help = "Name of the lock" }
// token   = { type = "int", help = "Fencing token that was handed out when the lock was taken" }
// lease_s = { type = "int", help = "Seconds until the lock expires unless it is renewed again" }
// ///
// Time does not decide: a lock that ran out but was taken by nobody is still ours, and whoever wants to take it waits for
// the write lock of this node until our transaction has ended. No row: another run has taken over. The id counts beside
// the token, which an older or another database in the place of this one may have handed out to somebody else.
MATCH (l:_InfluenceLock {name: $name})
SET l.touched_by = $run_id
WITH l
WHERE l.token = $token AND l.run_id = $run_id
SET l.expires_at = datetime() + duration({seconds: $lease_s})
RETURN l.token AS token
