// /// report
// format   = 1
// title    = "Members of a community"
// question = "Who belongs to this community, and in which role?"
// summary  = "The members of one community, best connected first, with how many of their friends are inside"
// category = "communities"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["community", "community_role", "friend_count"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// [params]
// community = { type = "int", help = "Number of the community; `communities` lists them" }
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many members to list" }
// role      = { type = "str", default = "", choices = ["", "hub", "bridge", "peripheral"], help = "Only members in this role, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// role            = { type = "str", title = "Role", help = "hub: far more friends inside than most members; bridge: friends in several communities; peripheral: the others" }
// friends         = { type = "int", title = "Friends", format = ",d" }
// friends_inside  = { type = "int", title = "Friends inside", format = ",d" }
// page_rank       = { type = "float", title = "PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// follow_on_count = { type = "int", title = "Follow-on purchases", format = ",d" }
// country         = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.community = $community AND coalesce(c.opted_out, false) = false AND ($role = '' OR s.community_role = $role)
WITH c, s
ORDER BY s.friend_count DESC, c.id
LIMIT $limit
CALL (c) {
  MATCH (run:Run {id: $run})
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[:SCORED]->(f:Score {run: $run})
  WHERE f.community = $community
    AND (tie.since IS NULL OR tie.since <= run.as_of) AND (tie.until IS NULL OR tie.until > run.as_of)
  RETURN count(DISTINCT friend) AS friends_inside
}
RETURN c.id AS customer_id, c.name AS name, s.community_role AS role, s.friend_count AS friends, friends_inside,
       s.page_rank AS page_rank, s.follow_on_count AS follow_on_count, c.country AS country
ORDER BY friends DESC, customer_id
LIMIT $limit
