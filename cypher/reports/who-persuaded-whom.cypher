// /// report
// format   = 1
// title    = "Who persuaded whom"
// question = "Between which two customers does buying the same thing speak most for persuasion?"
// summary  = "Pairs by credit: the share of each sale that is estimated, under stated assumptions, to be due to a friend's earlier purchase; a sale is credited once, to all friends together"
// category = "persuasion"
// owner    = "marketing"
// revision = 3
// maturity = "stable"
// needs    = ["persuasion_status", "certified_persuader"]
// key      = ["persuader_id", "persuaded_id"]
// pii      = ["persuader_name", "persuaded_name"]
// timeout  = "60s"
// chart    = { mark = "network", x = "persuader_id", y = "persuaded_id", weight = "credit", title = "Who persuaded whom" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many pairs to list" }
// customer  = { type = "str", default = "", help = "Id of a persuader, empty for all" }
// certified = { type = "bool", default = false, help = "Only pairs whose persuader is certified" }
// [columns]
// persuader_id   = { type = "str", title = "Persuader" }
// persuader_name = { type = "str", title = "Persuader's name" }
// persuaded_id   = { type = "str", title = "Persuaded" }
// persuaded_name = { type = "str", title = "Persuaded's name" }
// purchases      = { type = "int", title = "Purchases", format = ",d", help = "Of the persuaded, with a share of credit" }
// credit         = { type = "float", title = "Purchases credited", format = ",.2f", help = "Sum of the shares of these purchases that are estimated to be due to the persuader" }
// margin         = { type = "float", title = "Margin credited", format = ",.2f", unit = "currency", help = "Empty when the margin of one of the purchases is unknown" }
// certified      = { type = "bool", title = "Persuader certified", help = "Empty: too little evidence to judge" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (a:Customer)-[k:PERSUADED {run: $run}]->(b:Customer)
WHERE ($customer = '' OR a.id = $customer) AND coalesce(a.opted_out, false) = false
  AND coalesce(b.opted_out, false) = false
MATCH (a)-[:SCORED]->(s:Score {run: $run})
WHERE $certified = false OR s.certified_persuader
RETURN a.id AS persuader_id, a.name AS persuader_name, b.id AS persuaded_id, b.name AS persuaded_name,
       k.purchases AS purchases, k.credit AS credit, k.margin / unit AS margin,
       CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified
ORDER BY credit DESC, persuader_id, persuaded_id
LIMIT $limit
