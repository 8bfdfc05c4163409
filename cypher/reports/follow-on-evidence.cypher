// /// report
// format   = 1
// title    = "Follow-on evidence"
// question = "Which friends bought what this customer bought, and how many days later?"
// summary  = "The purchases behind one customer's follow-on count, one by one: that they came later does not prove that they came because of it"
// category = "persuasion"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// key      = ["product_id", "friend_id", "friend_bought_at"]
// pii      = ["friend_name"]
// timeout  = "30s"
// chart    = { mark = "point", x = "friend_bought_at", y = "days_later", color = "product" }
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many purchases to list" }
// window   = { type = "int", optional = true, min = 1, max = 3650, help = "Days after the customer's own first purchase in which a friend's counts; not given: the window of the run" }
// product  = { type = "str", default = "", help = "Product id, empty for all" }
// topic    = { type = "str", default = "", choices_query = "topics", help = "Topic id, empty for all" }
// [columns]
// product_id       = { type = "str", title = "Product" }
// product          = { type = "str", title = "Product name" }
// bought_at        = { type = "datetime", title = "Customer bought" }
// friend_id        = { type = "str", title = "Friend", help = "(opted out): the purchase counts, who made it is not shown" }
// friend_name      = { type = "str", title = "Friend's name" }
// friend_bought_at = { type = "datetime", title = "Friend bought" }
// days_later       = { type = "float", title = "Days later", format = ".1f" }
// ///
// Strict order (the same instant counts for neither), first purchases only, the tie active when the customer
// bought, nothing after the run's as-of date. A follower can be influenced by the followed, not the reverse.
// Friends before products: a popular product has more buyers than a customer has friends.
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[:FRIEND|FOLLOWS]-(friend:Customer)
WITH DISTINCT run, c, friend
MATCH (c)-[own:BOUGHT {first: true}]->(p:Product)<-[later:BOUGHT {first: true}]-(friend)
WHERE own.at <= run.as_of
  AND ($product = '' OR p.id = $product)
  AND ($topic = '' OR EXISTS { (p)-[:ABOUT]->(:Topic {id: $topic}) })
  AND later.at > own.at
  AND later.at <= own.at + duration({days: coalesce($window, run.window_days, 28)})
  AND later.at <= run.as_of
  AND EXISTS {
    MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend)
    WHERE (type(tie) = 'FRIEND' OR startNode(tie) = friend)
      AND (tie.since IS NULL OR tie.since <= own.at)
      AND (tie.until IS NULL OR tie.until > own.at)
  }
RETURN p.id AS product_id, p.name AS product, own.at AS bought_at, CASE WHEN friend.opted_out THEN '(opted out)' ELSE friend.id END AS friend_id,
       CASE WHEN friend.opted_out THEN null ELSE friend.name END AS friend_name, later.at AS friend_bought_at,
       duration.inSeconds(own.at, later.at).seconds / 86400.0 AS days_later
ORDER BY bought_at DESC, product_id, friend_bought_at, friend_id
LIMIT $limit
