// /// report
// format   = 1
// title    = "Super-connectors"
// question = "Who knows by far the most people?"
// summary  = "Customers with exceptionally many friends: reach says how many could hear of something, not how many would act on it"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["friend_count", "two_hop_reach", "super_connector"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "bar", x = "customer_id", y = "friends" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// rule    = { type = "str", default = "super-connector", choices = ["super-connector", "over-100", "over-1000", "everyone"], help = "super-connector: far above the crowd (see reach-summary); over-100, over-1000: that many friends; everyone: the longest lists, for graphs under 100 customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// friends         = { type = "int", title = "Friends", format = ",d" }
// two_hop_reach   = { type = "int", title = "Friends and their friends", format = ",d" }
// super_connector = { type = "bool", title = "Super-connector", help = "Far more friends than most: see reach-summary" }
// page_rank       = { type = "float", title = "PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// community       = { type = "int", title = "Community" }
// country         = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.friend_count IS NOT NULL AND coalesce(c.opted_out, false) = false
  AND ($country = '' OR c.country = $country)
  AND CASE $rule
        WHEN 'super-connector' THEN s.super_connector
        WHEN 'over-100' THEN s.friend_count > 100
        WHEN 'over-1000' THEN s.friend_count > 1000
        ELSE true
      END
RETURN c.id AS customer_id, c.name AS name, s.friend_count AS friends, s.two_hop_reach AS two_hop_reach,
       s.super_connector AS super_connector, s.page_rank AS page_rank, s.community AS community, c.country AS country
ORDER BY friends DESC, customer_id
LIMIT $limit
