// /// check
// title    = "Ties that end before they start"
// summary  = "No friendship and no following ends before it starts; such a tie never counts"
// severity = "error"
// category = "time"
// key      = ["from_id", "to_id", "kind", "since"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// from_id = { type = "str", title = "From" }
// to_id   = { type = "str", title = "To" }
// kind    = { type = "str", title = "Tie" }
// since   = { type = "datetime", title = "Since" }
// until   = { type = "datetime", title = "Until" }
// ///
MATCH (a:Customer)-[r:FRIEND|FOLLOWS]->(b:Customer)
WHERE r.since > r.until
RETURN a.id AS from_id, b.id AS to_id, type(r) AS kind, r.since AS since, r.until AS until
ORDER BY from_id, to_id, kind, since
LIMIT $limit
