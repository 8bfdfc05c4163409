// /// report
// format   = 1
// title    = "Products that travel"
// question = "Which products move from friend to friend?"
// summary  = "Products by the share of buyers who bought shortly after a friend: an upper limit on word of mouth, since friends share tastes"
// category = "products"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["product_id"]
// timeout  = "120s"
// chart    = { mark = "point", x = "buyers", y = "share" }
// [params]
// limit      = { type = "int", default = 25, min = 1, max = 10000, help = "How many products to list" }
// window     = { type = "int", optional = true, min = 1, max = 3650, help = "Days within which a friend's earlier purchase counts; not given: the window of the run" }
// min_buyers = { type = "int", default = 10, min = 2, max = 10000000, help = "Leave out products with fewer buyers" }
// topic      = { type = "str", default = "", choices_query = "topics", help = "Topic id, empty for all" }
// candidates = { type = "int", default = 200, min = 1, max = 1000000, help = "How many products to look at, most buyers first: more is slower" }
// [columns]
// product_id    = { type = "str", title = "Product" }
// product       = { type = "str", title = "Product name" }
// buyers        = { type = "int", title = "Buyers", format = ",d" }
// after_friend  = { type = "int", title = "Bought after a friend", format = ",d" }
// share         = { type = "float", title = "Share", format = ".1%" }
// median_days   = { type = "float", title = "Days after the friend (median)", format = ".1f" }
// starters      = { type = "int", title = "Friends they followed", format = ",d" }
// ///
MATCH (run:Run {id: $run})
MATCH (p:Product)<-[b:BOUGHT {first: true}]-(:Customer)
WHERE b.at <= run.as_of AND ($topic = '' OR EXISTS { (p)-[:ABOUT]->(:Topic {id: $topic}) })
WITH run, p, count(*) AS buyers
WHERE buyers >= $min_buyers
ORDER BY buyers DESC, p.id
LIMIT $candidates
MATCH (c:Customer)-[own:BOUGHT {first: true}]->(p)
WHERE own.at <= run.as_of
CALL (run, c, own, p) {
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[earlier:BOUGHT {first: true}]->(p)
  WHERE (type(tie) = 'FRIEND' OR startNode(tie) = c)
    AND earlier.at < own.at
    AND own.at <= earlier.at + duration({days: coalesce($window, run.window_days, 28)})
    AND (tie.since IS NULL OR tie.since <= earlier.at)
    AND (tie.until IS NULL OR tie.until > earlier.at)
  WITH friend, earlier
  ORDER BY earlier.at DESC, friend.id
  LIMIT 1
  RETURN collect({id: friend.id, at: earlier.at})[0] AS latest
}
WITH p, buyers, latest, duration.inSeconds(latest.at, own.at).seconds / 86400.0 AS days
WITH p, buyers, count(latest) AS after_friend, percentileCont(days, 0.5) AS median_days,
     count(DISTINCT latest.id) AS starters
RETURN p.id AS product_id, p.name AS product, buyers, after_friend, toFloat(after_friend) / buyers AS share,
       median_days, starters
ORDER BY share DESC, buyers DESC, product_id
LIMIT $limit
