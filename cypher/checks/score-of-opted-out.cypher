// /// check
// title    = "Scores of customers who opted out"
// summary  = "The current run holds no score of a customer who has opted out"
// severity = "error"
// category = "consent"
// key      = ["customer_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// run         = { type = "str", title = "Run" }
// ///
MATCH (state:_InfluenceState {id: 'current'})
MATCH (c:Customer {opted_out: true})-[:SCORED]->(s:Score {run: state.run})
RETURN c.id AS customer_id, s.run AS run
ORDER BY customer_id
LIMIT $limit
