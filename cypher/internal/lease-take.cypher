// /// internal
// format  = 1
// title   = "Take the lock"
// summary = "Takes the one lock of loads and computes when it is free or has expired, and raises its fencing token"
// [params]
// name    = { type = "str", help = "Name of the lock" }
// lease_s = { type = "int", help = "Seconds until the lock expires unless it is renewed" }
// who     = { type = "str", help = "What for, which process, which machine: told to those who are refused" }
// ///
// The first SET takes the write lock of the node, so what is read after it cannot change before the commit.
// No row: another run holds the lock. The clock is the server's.
MERGE (l:_InfluenceLock {name: $name})
ON CREATE SET l.token = 0, l.expires_at = datetime({epochMillis: 0})
SET l.touched_by = $run_id
WITH l, l.run_id AS previous
WHERE l.expires_at < datetime()
SET l.token = l.token + 1, l.run_id = $run_id, l.expires_at = datetime() + duration({seconds: $lease_s}),
    l.who = $who, l.taken_at = datetime()
RETURN l.token AS token, previous
