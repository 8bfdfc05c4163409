// /// internal
// format  = 1
// title   = "Published runs"
// summary = "Runs that were published, newest first: the choices of every parameter that names an earlier run"
// [columns]
// run_id       = { type = "str", title = "Run" }
// published_at = { type = "datetime", title = "Published" }
// ///
MATCH (r:Run)
WHERE r.published_at IS NOT NULL
RETURN r.id AS run_id, r.published_at AS published_at
ORDER BY published_at DESC, run_id
LIMIT 1000
