// /// check
// title    = "Scores that belong to nothing"
// summary  = "Every score belongs to a customer and to a run that exists; others are left over from a pruned run or an erased customer"
// severity = "error"
// category = "runs"
// key      = ["run", "customer_id"]
// timeout  = "300s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// run         = { type = "str", title = "Run" }
// customer_id = { type = "str", title = "Customer" }
// reason      = { type = "str", title = "Reason" }
// ///
MATCH (s:Score)
WITH s, EXISTS { MATCH (r:Run) WHERE r.id = s.run } AS run_exists, EXISTS { (:Customer)-[:SCORED]->(s) } AS owned
WHERE NOT run_exists OR NOT owned
RETURN s.run AS run, s.customer AS customer_id,
       CASE WHEN run_exists THEN 'no customer' WHEN owned THEN 'no run' ELSE 'neither customer nor run' END AS reason
ORDER BY run, customer_id
LIMIT $limit
