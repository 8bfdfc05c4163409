// /// report
// format   = 1
// title    = "People with access"
// question = "Who knows few people, but the right ones?"
// summary  = "Customers whose few friends are the well-connected ones: the assistant who talks to the president"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["access", "friend_count", "page_rank"]
// key      = ["customer_id"]
// pii      = ["name", "best_friend_name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "point", x = "friends", y = "access" }
// [params]
// limit       = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// max_friends = { type = "int", default = 10, min = 0, max = 1000000, help = "Only customers with at most this many friends, 0 for all" }
// country     = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id         = { type = "str", title = "Customer" }
// name                = { type = "str", title = "Name" }
// access              = { type = "float", title = "Access (0-100)", format = ".1f", help = "Percentile of how well connected those are who listen to the customer" }
// friends             = { type = "int", title = "Friends", format = ",d" }
// best_friend         = { type = "str", title = "Best-connected friend" }
// best_friend_name    = { type = "str", title = "Friend's name" }
// best_friend_friends = { type = "int", title = "Friend's friends", format = ",d" }
// page_rank           = { type = "float", title = "Own PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// country             = { type = "str", title = "Country" }
// ///
// Access counts those who listen: friends and followers, not the people whom the customer follows.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.access IS NOT NULL AND coalesce(c.opted_out, false) = false
  AND s.friend_count > 0
  AND ($max_friends = 0 OR s.friend_count <= $max_friends)
  AND ($country = '' OR c.country = $country)
WITH c, s
ORDER BY s.access DESC, s.friend_count, c.id
LIMIT $limit
CALL (c) {
  MATCH (run:Run {id: $run})
  OPTIONAL MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[:SCORED]->(f:Score {run: $run})
  WHERE coalesce(friend.opted_out, false) = false AND (type(tie) = 'FRIEND' OR startNode(tie) = friend)
    AND (tie.since IS NULL OR tie.since <= run.as_of) AND (tie.until IS NULL OR tie.until > run.as_of)
  RETURN friend, f
  ORDER BY f.page_rank IS NULL, f.page_rank DESC, friend.id
  LIMIT 1
}
RETURN c.id AS customer_id, c.name AS name, s.access AS access, s.friend_count AS friends,
       friend.id AS best_friend, friend.name AS best_friend_name, f.friend_count AS best_friend_friends,
       s.page_rank AS page_rank, c.country AS country
ORDER BY access DESC, friends, customer_id
LIMIT $limit
