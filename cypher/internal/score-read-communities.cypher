// /// internal
// format  = 1
// title   = "Communities of a run"
// summary = "Reads the communities of a run"
// [params]
// measures = { type = "list[str]", help = "Properties to read" }
// ///
MATCH (c:Community {run: $run_id})
RETURN c.id AS id, [name IN $measures | c[name]] AS figures
ORDER BY id
