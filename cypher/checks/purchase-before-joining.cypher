// /// check
// title    = "Purchases before the customer joined"
// summary  = "No customer buys before joining; joining dates of an import are often the date of the import"
// severity = "warn"
// category = "time"
// key      = ["line_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// line_id     = { type = "str", title = "Order line" }
// customer_id = { type = "str", title = "Customer" }
// at          = { type = "datetime", title = "Purchase" }
// joined_at   = { type = "datetime", title = "Joined" }
// ///
// A joining date without a time is midnight; a purchase on the same day is in order. An unknown joining date is no
// fault, and truncating nothing is an error of the server: such a purchase is compared with its own day.
MATCH (c:Customer)-[b:BOUGHT]->(:Product)
WHERE b.at < datetime.truncate('day', coalesce(c.joined_at, b.at))
RETURN b.line_id AS line_id, c.id AS customer_id, b.at AS at, c.joined_at AS joined_at
ORDER BY at, line_id
LIMIT $limit
