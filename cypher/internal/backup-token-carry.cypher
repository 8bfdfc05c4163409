// /// internal
// title   = "Carry the fencing token over"
// summary = "Raises the fencing token of a copy to that of the database whose place it takes; never lowers it"
// [params]
// name  = { type = "str", help = "Name of the lock" }
// token = { type = "int", help = "Fencing token of the database that is replaced" }
// ///
MERGE (l:_InfluenceLock {name: $name})
ON CREATE SET l.token = 0, l.expires_at = datetime({epochMillis: 0})
SET l.token = CASE WHEN l.token < $token THEN $token ELSE l.token END
