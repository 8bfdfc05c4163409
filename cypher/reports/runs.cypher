// /// report
// format   = 1
// title    = "Runs and freshness"
// question = "How old are the scores, and which earlier runs are kept?"
// summary  = "Every run that is kept, newest first, with the customers it scored"
// category = "data"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["run_id"]
// timeout  = "30s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many runs to list" }
// [columns]
// run_id       = { type = "str", title = "Run" }
// status       = { type = "str", title = "Status" }
// customers    = { type = "int", title = "Customers scored", format = ",d" }
// as_of        = { type = "datetime", title = "Data until", format = "%Y-%m-%d" }
// hours_ago    = { type = "float", title = "Hours ago", format = ",.1f" }
// published_at = { type = "datetime", title = "Published" }
// started_at   = { type = "datetime", title = "Started" }
// ///
MATCH (r:Run)
WITH r
ORDER BY r.started_at DESC, r.id
LIMIT $limit
RETURN r.id AS run_id, r.status AS status, r.customers AS customers, r.as_of AS as_of,
       duration.inSeconds(r.published_at, datetime()).seconds / 3600.0 AS hours_ago, r.published_at AS published_at,
       r.started_at AS started_at
ORDER BY started_at DESC, run_id
LIMIT $limit
