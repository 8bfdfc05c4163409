// /// report
// format   = 1
// title    = "Who started a product"
// question = "Who had this product before their friends did?"
// summary  = "Buyers of one product by the number of friends who bought it soon after them: early in their circle, which need not mean that they caused it"
// category = "products"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["customer_id"]
// pii      = ["name"]
// timeout  = "60s"
// chart    = { mark = "point", x = "bought_at", y = "friends_after" }
// [params]
// product = { type = "str", help = "Id of the product" }
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// window  = { type = "int", optional = true, min = 1, max = 3650, help = "Days within which a friend's purchase counts; not given: the window of the run" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// bought_at      = { type = "datetime", title = "Bought" }
// friends_after  = { type = "int", title = "Friends who bought after", format = ",d" }
// friends_before = { type = "int", title = "Friends who bought before", format = ",d" }
// ///
MATCH (run:Run {id: $run})
MATCH (c:Customer)-[own:BOUGHT {first: true}]->(p:Product {id: $product})
WHERE own.at <= run.as_of AND coalesce(c.opted_out, false) = false
CALL (run, c, own, p) {
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[theirs:BOUGHT {first: true}]->(p)
  WITH run, own, tie, friend, theirs,
       theirs.at > own.at AND (type(tie) = 'FRIEND' OR startNode(tie) = friend)
         AND theirs.at <= own.at + duration({days: coalesce($window, run.window_days, 28)}) AND theirs.at <= run.as_of
         AND (tie.since IS NULL OR tie.since <= own.at) AND (tie.until IS NULL OR tie.until > own.at) AS after,
       theirs.at < own.at AND (type(tie) = 'FRIEND' OR endNode(tie) = friend)
         AND own.at <= theirs.at + duration({days: coalesce($window, run.window_days, 28)})
         AND (tie.since IS NULL OR tie.since <= theirs.at) AND (tie.until IS NULL OR tie.until > theirs.at) AS before
  RETURN count(DISTINCT CASE WHEN after THEN friend END) AS friends_after,
         count(DISTINCT CASE WHEN before THEN friend END) AS friends_before
}
RETURN c.id AS customer_id, c.name AS name, own.at AS bought_at, friends_after, friends_before
ORDER BY friends_after DESC, friends_before, bought_at, customer_id
LIMIT $limit
