// /// report
// format   = 1
// title    = "Purchase bursts"
// question = "After which purchases did surprisingly many friends buy the same product within weeks?"
// summary  = "Friends who bought within the window against the rate at which everyone bought the product in the same weeks, in standard deviations: a count to look into, not a proof"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["follow_on_count"]
// key      = ["customer_id", "product_id"]
// pii      = ["name"]
// timeout  = "60s"
// chart    = { mark = "point", x = "expected", y = "friends_bought" }
// [params]
// limit       = { type = "int", default = 25, min = 1, max = 10000, help = "How many bursts to list" }
// window      = { type = "int", optional = true, min = 1, max = 3650, help = "Days after the customer's purchase that are looked at; not given: the window of the run" }
// min_friends = { type = "int", default = 3, min = 1, max = 100000, help = "Fewer friends than this are no burst" }
// min_sigma   = { type = "float", default = 3.0, min = 0.0, max = 1000.0, help = "List bursts at least this far above the expected number, in standard deviations: among many customers some reach 3 by chance, hardly any 6" }
// product     = { type = "str", default = "", help = "Product id, empty for all" }
// candidates  = { type = "int", default = 5000, min = 1, max = 10000000, help = "How many customers to look at, highest follow-on count first: more is slower" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// product_id      = { type = "str", title = "Product" }
// friends_bought  = { type = "int", title = "Friends who then bought", format = ",d" }
// expected        = { type = "float", title = "Expected at the product's rate", format = ".2f", help = "Friends without it times the share of all customers without it who bought it in the same weeks" }
// sigma           = { type = "float", title = "Sigma", format = ".1f", help = "How far above the expected number, in standard deviations; among many customers some reach 3 by chance" }
// friends_at_risk = { type = "int", title = "Friends without it", format = ",d" }
// bought_at       = { type = "datetime", title = "Customer bought" }
// product         = { type = "str", title = "Product name" }
// ///
// rate     = customers who bought the product first within the window / customers who did not have it before
// expected = friends without it * rate;  sigma = (friends who bought - expected) / sqrt(expected * (1 - rate))
// The rate knows nothing of tastes: friends of a fan are fans. That is what the persuasion measures correct for.
MATCH (run:Run {id: $run})
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.follow_on_count >= $min_friends AND coalesce(c.opted_out, false) = false
WITH run, c, s, COUNT { (:Customer) } AS customers
ORDER BY s.follow_on_count DESC, c.id
LIMIT $candidates
MATCH (c)-[:FRIEND|FOLLOWS]-(friend:Customer)
WITH DISTINCT run, customers, c, friend
MATCH (c)-[own:BOUGHT {first: true}]->(p:Product)<-[theirs:BOUGHT {first: true}]-(friend)
WHERE ($product = '' OR p.id = $product)
  AND theirs.at > own.at
  AND theirs.at <= own.at + duration({days: coalesce($window, run.window_days, 28)})
  AND theirs.at <= run.as_of
  AND EXISTS {
    MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend)
    WHERE (type(tie) = 'FRIEND' OR startNode(tie) = friend)
      AND (tie.since IS NULL OR tie.since <= own.at)
      AND (tie.until IS NULL OR tie.until > own.at)
  }
WITH run, customers, c, own, p, count(friend) AS friends_bought
WHERE friends_bought >= $min_friends
CALL (c, own, p) {
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)
  WHERE (type(tie) = 'FRIEND' OR startNode(tie) = friend)
    AND (tie.since IS NULL OR tie.since <= own.at)
    AND (tie.until IS NULL OR tie.until > own.at)
  WITH DISTINCT own, p, friend
  OPTIONAL MATCH (friend)-[theirs:BOUGHT {first: true}]->(p)
  WITH own, theirs
  WHERE theirs IS NULL OR theirs.at > own.at
  RETURN count(*) AS friends_at_risk
}
CALL (run, own, p) {
  MATCH (:Customer)-[any:BOUGHT {first: true}]->(p)
  RETURN count(CASE WHEN any.at <= own.at THEN 1 END) AS owners,
         count(CASE WHEN any.at > own.at AND any.at <= own.at + duration({days: coalesce($window, run.window_days, 28)}) AND any.at <= run.as_of
                    THEN 1 END) AS buyers
}
WITH c, p, own, friends_at_risk, friends_bought, toFloat(buyers) / (customers - owners) AS rate
WITH c, p, own, friends_at_risk, friends_bought, rate, friends_at_risk * rate AS expected
WHERE rate < 1
WITH c, p, own, friends_at_risk, friends_bought, expected,
     (friends_bought - expected) / sqrt(expected * (1 - rate)) AS sigma
WHERE sigma >= $min_sigma
RETURN c.id AS customer_id, c.name AS name, p.id AS product_id, friends_bought, expected, sigma, friends_at_risk,
       own.at AS bought_at, p.name AS product
ORDER BY sigma DESC, customer_id, product_id
LIMIT $limit
