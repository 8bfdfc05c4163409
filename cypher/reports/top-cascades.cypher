// /// report
// format   = 1
// title    = "Largest cascades"
// question = "Which products travelled furthest from one customer to many?"
// summary  = "Cascades by the number of people reached: a buyer belongs below the friend whose earlier purchase is credited most; an estimate under stated assumptions"
// category = "products"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "longest_chain"]
// key      = ["product_id", "starter_id"]
// pii      = ["starter_name"]
// timeout  = "300s"
// chart    = { mark = "point", x = "depth", y = "reached", color = "product" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 1000, help = "How many cascades to list" }
// examine = { type = "int", default = 500, min = 1, max = 100000, help = "How many purchases to follow up: those with the most follow-ons of customers with the longest chains" }
// product = { type = "str", default = "", help = "Product id, empty for all" }
// [columns]
// product_id   = { type = "str", title = "Product" }
// product      = { type = "str", title = "Product name" }
// starter_id   = { type = "str", title = "Began with" }
// starter_name = { type = "str", title = "Name" }
// began_at     = { type = "datetime", title = "Bought" }
// reached      = { type = "int", title = "People reached", format = ",d" }
// depth        = { type = "int", title = "Depth", help = "Links of the longest branch" }
// friends      = { type = "int", title = "Direct friends", format = ",d", help = "Of the people reached, those one link away" }
// days         = { type = "float", title = "Days until the last", format = ".1f" }
// certified    = { type = "bool", title = "Starter certified" }
// ///
// Parents as in cascade-of-product. Someone with a parent of their own begins nothing.
MATCH (run:Run {id: $run})
MATCH (starter:Customer)-[:SCORED]->(score:Score {run: $run})-[found:FOLLOWED_IN]->(p:Product)
WHERE score.longest_chain > 0 AND ($product = '' OR p.id = $product)
WITH run, starter, score, found, p
ORDER BY score.longest_chain * found.follow_ons DESC, found.follow_ons DESC, starter.id, p.id
LIMIT $examine
MATCH (starter)-[began:BOUGHT {first: true}]->(p)
WHERE began.at <= run.as_of
  AND NOT EXISTS {
    MATCH (x:Customer)-[:PERSUADED {run: $run}]->(starter)
    MATCH (x)-[a:BOUGHT {first: true}]->(p)
    WHERE a.at < began.at AND a.at >= began.at - duration({days: coalesce(run.window_days, 28)})
      AND EXISTS {
        MATCH (x)-[tie:FRIEND|FOLLOWS]-(starter)
        WHERE (type(tie) = 'FRIEND' OR endNode(tie) = x)
          AND (tie.since IS NULL OR tie.since <= a.at) AND (tie.until IS NULL OR tie.until > a.at)
      }
  }
MATCH path = (starter) (
  (v:Customer)-[:PERSUADED {run: $run}]->(u:Customer)
  WHERE v.id = COLLECT {
    MATCH (u)-[b:BOUGHT {first: true}]->(p)
    WHERE b.at <= run.as_of
    MATCH (x:Customer)-[:PERSUADED {run: $run}]->(u)
    MATCH (x)-[a:BOUGHT {first: true}]->(p)
    WHERE a.at < b.at AND a.at >= b.at - duration({days: coalesce(run.window_days, 28)})
      AND EXISTS {
        MATCH (x)-[tie:FRIEND|FOLLOWS]-(u)
        WHERE (type(tie) = 'FRIEND' OR endNode(tie) = x)
          AND (tie.since IS NULL OR tie.since <= a.at) AND (tie.until IS NULL OR tie.until > a.at)
      }
    MATCH (x)-[:SCORED]->(s:Score {run: $run})
    RETURN x.id
    ORDER BY (1.0 - (s.persuasion_expected + 2) / (s.persuasion_observed + 2))
             * exp(-duration.inSeconds(a.at, b.at).seconds / 86400.0 / 14) DESC, x.id
    LIMIT 1
  }[0]
){1,50} (child)
MATCH (child)-[b:BOUGHT {first: true}]->(p)
WITH starter, score, p, began, count(child) AS reached, max(length(path)) AS depth,
     count(CASE WHEN length(path) = 1 THEN 1 END) AS friends, max(b.at) AS last_at
RETURN p.id AS product_id, p.name AS product, starter.id AS starter_id,
       CASE WHEN starter.opted_out THEN null ELSE starter.name END AS starter_name, began.at AS began_at, reached,
       depth, friends, duration.inSeconds(began.at, last_at).seconds / 86400.0 AS days,
       score.certified_persuader AS certified
ORDER BY reached DESC, depth DESC, product_id, starter_id
LIMIT $limit
