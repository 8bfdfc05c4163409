// /// report
// format   = 1
// title    = "Risers"
// question = "Whose influence grew since the last run?"
// summary  = "Customers whose score changed most between the previous published run and this one"
// category = "change"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "bar", x = "customer_id", y = "change" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// measure   = { type = "str", default = "follow_on_count", choices = ["follow_on_count", "friend_count", "friends_in", "two_hop_reach", "page_rank", "broker_score", "access", "external_reach"], help = "Which score to compare" }
// direction = { type = "str", default = "up", choices = ["up", "down"], help = "up: risers; down: fallers" }
// since     = { type = "str", default = "", choices_query = "runs", help = "Run to compare with, empty for the run published before this one" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// before      = { type = "float", title = "Before", format = ",.6g" }
// after       = { type = "float", title = "Now", format = ",.6g" }
// change      = { type = "float", title = "Change", format = "+,.6g" }
// compared_to = { type = "str", title = "Compared with run" }
// country     = { type = "str", title = "Country" }
// ///
// The choices of `measure` are the allow-list of the property that is read.
MATCH (run:Run {id: $run})
CALL (run) {
  MATCH (earlier:Run)
  WHERE earlier.published_at < run.published_at AND ($since = '' OR earlier.id = $since)
  RETURN earlier.id AS compared_to
  ORDER BY earlier.published_at DESC, earlier.id
  LIMIT 1
}
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
MATCH (c)-[:SCORED]->(old:Score {run: compared_to})
WHERE coalesce(c.opted_out, false) = false
WITH c, compared_to, toFloat(old[$measure]) AS before, toFloat(s[$measure]) AS after
WHERE CASE $direction WHEN 'up' THEN after > before ELSE after < before END
RETURN c.id AS customer_id, c.name AS name, before, after, after - before AS change, compared_to, c.country AS country
ORDER BY abs(change) DESC, customer_id
LIMIT $limit
