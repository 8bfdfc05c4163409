// /// report
// format   = 1
// title    = "Brokers"
// question = "Who connects groups that would not hear from each other otherwise?"
// summary  = "Customers who lie on many of the shortest ways between others: news from one circle reaches the next through them"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["broker_score", "community"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "bar", x = "customer_id", y = "communities" }
// [params]
// limit       = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// max_friends = { type = "int", default = 0, min = 0, max = 1000000, help = "Only customers with at most this many friends, 0 for all: finds brokers who are no super-connectors" }
// country     = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// broker_score   = { type = "float", title = "Broker score (0-100)", format = ".1f", help = "Percentile of how often the shortest way between two others leads over the customer" }
// communities    = { type = "int", title = "Communities among friends", format = ",d" }
// friends        = { type = "int", title = "Friends", format = ",d" }
// two_hop_reach  = { type = "int", title = "Friends and their friends", format = ",d" }
// community      = { type = "int", title = "Own community" }
// component_size = { type = "int", title = "People connected at all", format = ",d", help = "Everybody who can be reached through any chain of ties" }
// country        = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.broker_score IS NOT NULL AND coalesce(c.opted_out, false) = false
  AND ($max_friends = 0 OR s.friend_count <= $max_friends)
  AND ($country = '' OR c.country = $country)
WITH c, s
ORDER BY s.broker_score DESC, s.friend_count DESC, c.id
LIMIT $limit
CALL (c) {
  MATCH (run:Run {id: $run})
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[:SCORED]->(f:Score {run: $run})
  WHERE (tie.since IS NULL OR tie.since <= run.as_of) AND (tie.until IS NULL OR tie.until > run.as_of)
  RETURN count(DISTINCT f.community) AS communities
}
RETURN c.id AS customer_id, c.name AS name, s.broker_score AS broker_score, communities, s.friend_count AS friends,
       s.two_hop_reach AS two_hop_reach, s.community AS community, s.component_size AS component_size,
       c.country AS country
ORDER BY broker_score DESC, friends DESC, customer_id
LIMIT $limit
