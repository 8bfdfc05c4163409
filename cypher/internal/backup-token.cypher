// /// internal
// title   = "The fencing token of the lock"
// summary = "The number that was handed out when the lock was taken last; no row when it never was"
// [params]
// name = { type = "str", help = "Name of the lock" }
// ///
MATCH (l:_InfluenceLock {name: $name})
RETURN l.token AS token
