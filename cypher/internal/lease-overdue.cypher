// /// internal
// format  = 1
// title   = "Whose lease has run out"
// summary = "The run that took the lock and has not given it back, when its lease has run out"
// [params]
// name = { type = "str", help = "Name of the lock" }
// ///
MATCH (l:_InfluenceLock {name: $name})
WHERE l.expires_at <= datetime() AND l.run_id IS NOT NULL
RETURN l.run_id AS dead
