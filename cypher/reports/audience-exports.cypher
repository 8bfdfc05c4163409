// /// report
// format   = 1
// title    = "Audience files handed out"
// question = "Which audiences were exported, by whom, when and for whom?"
// summary  = "Every export on record, newest first; who asked for it is the user name on the machine that wrote the file. Upload and use at the platform happen elsewhere and are not known here"
// category = "audience"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["export"]
// timeout  = "30s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many exports to list" }
// [columns]
// export     = { type = "str", title = "Export" }
// created_at = { type = "datetime", title = "Made" }
// made_by    = { type = "str", title = "By" }
// segment    = { type = "str", title = "Segment" }
// platform   = { type = "str", title = "For" }
// written    = { type = "int", title = "People", format = ",d", help = "People in the file" }
// held_out   = { type = "int", title = "Held out", format = ",d", help = "People of the control group, who are in no file" }
// status     = { type = "str", title = "Status", help = "written: the file exists; failed: nothing was left; writing: it was cut off" }
// refresh_by = { type = "date", title = "Refresh by", help = "Day on which the platform forgets the first members" }
// ///
MATCH (e:AudienceExport)
WITH e
ORDER BY e.created_at DESC, e.id
LIMIT $limit
RETURN e.id AS export, e.created_at AS created_at, e.made_by AS made_by, e.segment AS segment, e.platform AS platform,
       e.written AS written, e.held_out AS held_out, e.status AS status, date(e.refresh_by) AS refresh_by
ORDER BY created_at DESC, export
LIMIT $limit
