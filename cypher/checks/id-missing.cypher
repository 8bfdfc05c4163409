// /// check
// title    = "Nodes without an id"
// summary  = "Every customer, product, topic, campaign, group and channel has an id; one without can never be loaded again or reported"
// severity = "error"
// category = "completeness"
// key      = ["label"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// label = { type = "str", title = "Kind of node" }
// found = { type = "int", title = "Found" }
// ///
// Community edition has no existence constraints, so this is what holds the keys together.
MATCH (n:Customer|Product|Topic|Campaign|Group|Channel|Response)
WHERE n.id IS NULL
RETURN head(labels(n)) AS label, count(*) AS found
ORDER BY found DESC, label
LIMIT $limit
