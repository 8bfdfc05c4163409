// /// report
// format   = 1
// title    = "Friends of a customer"
// question = "Whom does this customer know, and who of them buys after them?"
// summary  = "One customer's friends at the run's date, best connected first, with the products they bought after the customer"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["friend_count", "page_rank"]
// key      = ["friend_id"]
// pii      = ["friend_name"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many friends to list" }
// window   = { type = "int", optional = true, min = 1, max = 3650, help = "Days within which the friend's purchase counts as bought after; not given: the window of the run" }
// [columns]
// friend_id    = { type = "str", title = "Friend" }
// friend_name  = { type = "str", title = "Name" }
// tie          = { type = "str", title = "Tie" }
// since        = { type = "datetime", title = "Since" }
// friends      = { type = "int", title = "Friends", format = ",d" }
// page_rank    = { type = "float", title = "PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// community    = { type = "int", title = "Community" }
// bought_after = { type = "int", title = "Bought after", format = ",d" }
// ///
// Opted-out friends have no score and stay out of the list; they are part of the customer's friend count.
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE coalesce(friend.opted_out, false) = false AND (tie.since IS NULL OR tie.since <= run.as_of)
  AND (tie.until IS NULL OR tie.until > run.as_of)
WITH run, c, friend, s, min(tie.since) AS since,
     count(CASE WHEN type(tie) = 'FRIEND' THEN 1 END) > 0 AS mutual,
     count(CASE WHEN type(tie) = 'FOLLOWS' AND startNode(tie) = friend THEN 1 END) > 0 AS follower,
     count(CASE WHEN type(tie) = 'FOLLOWS' AND endNode(tie) = friend THEN 1 END) > 0 AS followed
WITH run, c, friend, s, since,
     CASE WHEN mutual OR follower AND followed THEN 'both ways' WHEN follower THEN 'follower' ELSE 'followed' END AS tie
ORDER BY s.page_rank IS NULL, s.page_rank DESC, friend.id
LIMIT $limit
CALL (run, c, friend) {
  MATCH (c)-[own:BOUGHT {first: true}]->(p:Product)<-[later:BOUGHT {first: true}]-(friend)
  WHERE later.at > own.at AND later.at <= own.at + duration({days: coalesce($window, run.window_days, 28)}) AND later.at <= run.as_of
    AND EXISTS {
      MATCH (c)-[then:FRIEND|FOLLOWS]-(friend)
      WHERE (type(then) = 'FRIEND' OR startNode(then) = friend)
        AND (then.since IS NULL OR then.since <= own.at)
        AND (then.until IS NULL OR then.until > own.at)
    }
  RETURN count(p) AS bought_after
}
RETURN friend.id AS friend_id, friend.name AS friend_name, tie, since, s.friend_count AS friends,
       s.page_rank AS page_rank, s.community AS community, bought_after
ORDER BY page_rank IS NULL, page_rank DESC, friend_id
LIMIT $limit
