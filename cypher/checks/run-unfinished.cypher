// /// check
// title    = "Runs that never finished"
// summary  = "Every run was published; one that stopped half-way holds scores that nobody sees"
// severity = "warn"
// category = "runs"
// key      = ["run"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// run        = { type = "str", title = "Run" }
// status     = { type = "str", title = "Status" }
// started_at = { type = "datetime", title = "Started" }
// scores     = { type = "int", title = "Scores" }
// ///
// A run that holds the lock is still at work.
MATCH (r:Run)
WHERE r.status <> 'published'
  AND NOT EXISTS { MATCH (l:_InfluenceLock) WHERE l.run_id = r.id AND l.expires_at > datetime() }
RETURN r.id AS run, r.status AS status, r.started_at AS started_at, COUNT { MATCH (s:Score) WHERE s.run = r.id } AS scores
ORDER BY started_at DESC, run
LIMIT $limit
