// /// report
// format   = 1
// title    = "Who influences this customer?"
// question = "Whose purchases does this customer follow?"
// summary  = "Friends who share the credit for one customer's purchases: an estimate under stated assumptions, not a record of what was said"
// category = "persuasion"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status", "certified_persuader"]
// key      = ["persuader_id"]
// pii      = ["name"]
// timeout  = "30s"
// chart    = { mark = "bar", x = "persuader_id", y = "credit" }
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many friends to list" }
// [columns]
// persuader_id = { type = "str", title = "Persuader" }
// name         = { type = "str", title = "Name" }
// purchases    = { type = "int", title = "Purchases", format = ",d", help = "Of this customer, with a share of credit" }
// credit       = { type = "float", title = "Purchases credited", format = ",.2f", help = "Sum of the shares of these purchases that are estimated to be due to the persuader" }
// share        = { type = "float", title = "Share of own purchases", format = ".1%", help = "Credit over the customer's first purchases" }
// lift         = { type = "float", title = "Persuader's lift", format = ".2f", help = "Follow-ons over expected ones, drawn towards 1 when there is little evidence" }
// certified    = { type = "bool", title = "Persuader certified", help = "Empty: too little evidence to judge" }
// ///
MATCH (c:Customer {id: $customer})-[:SCORED]->(own:Score {run: $run})
MATCH (a:Customer)-[k:PERSUADED {run: $run}]->(c)
WHERE coalesce(a.opted_out, false) = false
MATCH (a)-[:SCORED]->(s:Score {run: $run})
RETURN a.id AS persuader_id, a.name AS name, k.purchases AS purchases, k.credit AS credit,
       CASE WHEN own.first_purchases > 0 THEN k.credit / own.first_purchases END AS share,
       s.persuasion_lift AS lift, CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified
ORDER BY credit DESC, persuader_id
LIMIT $limit
