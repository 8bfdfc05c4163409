// /// report
// format   = 1
// title    = "Advocacy by kind"
// question = "How many customers are willing, asked and active: references, case studies, talks, reviews, betas, advice?"
// summary  = "Customers by kind of advocacy: offered, done, asked without an answer, and offers nobody took up"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["willing_to", "advocacy_done", "asks_outstanding"]
// key      = ["kind"]
// timeout  = "60s"
// chart    = { mark = "bar", x = "kind", y = "done" }
// [columns]
// kind        = { type = "str", title = "Kind" }
// willing     = { type = "int", title = "Willing", format = ",d", help = "Offered and not declined since" }
// done        = { type = "int", title = "Done", format = ",d", help = "Ever" }
// outstanding = { type = "int", title = "Asked, no answer yet", format = ",d" }
// untapped    = { type = "int", title = "Offers not taken up", format = ",d", help = "Offered, never done and not asked for since" }
// ///
MATCH (run:Run {id: $run})
UNWIND range(0, size(coalesce(run.advocacy_kinds, [])) - 1) AS i
RETURN run.advocacy_kinds[i] AS kind, run.advocacy_willing[i] AS willing, run.advocacy_done[i] AS done,
       run.advocacy_outstanding[i] AS outstanding, run.advocacy_untapped[i] AS untapped
ORDER BY done DESC, kind
LIMIT 100
