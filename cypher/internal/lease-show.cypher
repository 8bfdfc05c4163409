// /// internal
// format  = 1
// title   = "Who holds the lock"
// summary = "The run that holds the lock and the seconds until it expires"
// [params]
// name = { type = "str", help = "Name of the lock" }
// ///
MATCH (l:_InfluenceLock {name: $name})
WHERE l.expires_at > datetime()
RETURN l.run_id AS holder, duration.inSeconds(datetime(), l.expires_at).seconds AS seconds_left
