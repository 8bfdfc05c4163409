// /// internal
// format  = 1
// title   = "Who holds the lock"
// summary = "The run that holds the lock, who that is, since when and until when"
// [params]
// name = { type = "str", help = "Name of the lock" }
// ///
MATCH (l:_InfluenceLock {name: $name})
WHERE l.expires_at > datetime()
RETURN l.run_id AS holder, l.who AS who, l.taken_at AS since, l.expires_at AS until,
       duration.inSeconds(datetime(), l.expires_at).seconds AS seconds_left
