// /// report
// format   = 1
// title    = "Largest cascades"
// question = "Which products travelled furthest from one customer to many?"
// summary  = "Cascades by the number of people reached: a buyer belongs below the friend whose earlier purchase is credited most, with 5 % of the sale or more; an estimate under stated assumptions"
// category = "products"
// owner    = "marketing"
// revision = 4
// maturity = "stable"
// needs    = ["persuasion_status"]
// key      = ["product_id", "starter_id", "began_at"]
// pii      = ["starter_name"]
// timeout  = "300s"
// chart    = { mark = "point", x = "depth", y = "reached", color = "product" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 1000, help = "How many cascades to list" }
// examine = { type = "int", default = 100, min = 1, max = 10000, help = "How many products to look at, most buyers credited to a friend first: more is slower" }
// product = { type = "str", default = "", help = "Product id, empty for all" }
// [columns]
// product_id   = { type = "str", title = "Product" }
// product      = { type = "str", title = "Product name" }
// starter_id   = { type = "str", title = "Began with", help = "(opted out): the cascade counts, with whom it began is not shown" }
// starter_name = { type = "str", title = "Name" }
// began_at     = { type = "datetime", title = "Bought" }
// reached      = { type = "int", title = "People reached", format = ",d" }
// depth        = { type = "int", title = "Depth", help = "Links of the longest branch" }
// friends      = { type = "int", title = "Direct friends", format = ",d", help = "Of the people reached, those one link away" }
// days         = { type = "float", title = "Days until the last", format = ".1f" }
// certified    = { type = "bool", title = "Starter certified", help = "Empty: too little evidence to judge" }
// ///
// Parents as in cascade-of-product. Someone with a parent of their own begins nothing.
// Which products to look at is told by the same pairs: they are there for everybody, judged or not.
CALL () {
  MATCH (p:Product {id: $product})
  RETURN p
  UNION ALL
  WITH $product AS wanted
  WHERE wanted = ''
  MATCH ()-[led:PERSUADED {run: $run}]->()
  UNWIND led.leading AS product_id
  WITH product_id, count(*) AS buyers
  ORDER BY buyers DESC, product_id
  LIMIT $examine
  MATCH (p:Product {id: product_id})
  RETURN p
}
MATCH (p)<-[began:BOUGHT {first: true}]-(starter:Customer)
WHERE EXISTS { MATCH (starter)-[led:PERSUADED {run: $run}]->(:Customer) WHERE p.id IN led.leading }
  AND NOT EXISTS { MATCH (starter)<-[led:PERSUADED {run: $run}]-(:Customer) WHERE p.id IN led.leading }
MATCH path = (starter) ((:Customer)-[led:PERSUADED {run: $run}]->(:Customer) WHERE p.id IN led.leading){1,50} (child:Customer)
MATCH (child)-[b:BOUGHT {first: true}]->(p)
WITH starter, p, began, count(child) AS reached, max(length(path)) AS depth,
     count(CASE WHEN length(path) = 1 THEN 1 END) AS friends, max(b.at) AS last_at
ORDER BY reached DESC, depth DESC, p.id, starter.id
LIMIT $limit
MATCH (starter)-[:SCORED]->(score:Score {run: $run})
RETURN p.id AS product_id, p.name AS product,
       CASE WHEN starter.opted_out THEN '(opted out)' ELSE starter.id END AS starter_id,
       CASE WHEN starter.opted_out THEN null ELSE starter.name END AS starter_name, began.at AS began_at, reached,
       depth, friends, duration.inSeconds(began.at, last_at).seconds / 86400.0 AS days,
       CASE WHEN score.persuasion_status = 'ok' THEN score.certified_persuader END AS certified
ORDER BY reached DESC, depth DESC, product_id, starter_id, began_at
LIMIT $limit
