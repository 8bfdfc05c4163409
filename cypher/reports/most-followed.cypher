// /// report
// format   = 1
// title    = "Most followed"
// question = "Whom do the most customers follow?"
// summary  = "Customers by the number of people on whom they can have an influence: followers, or friends where ties have no direction"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["friends_in", "friends_out", "friends_mutual"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "bar", x = "customer_id", y = "followers" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// followers      = { type = "int", title = "Followers", format = ",d" }
// follows        = { type = "int", title = "Follows", format = ",d" }
// mutual         = { type = "int", title = "Both ways", format = ",d", help = "Tied in both directions: each can influence the other" }
// page_rank      = { type = "float", title = "PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// external_reach = { type = "int", title = "Followers elsewhere", format = ",d" }
// country        = { type = "str", title = "Country" }
// ///
// Influence runs from the followed to the follower, so the ties that count are the incoming ones.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.friends_in > 0 AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.friends_in AS followers, s.friends_out AS follows,
       s.friends_mutual AS mutual, s.page_rank AS page_rank, s.external_reach AS external_reach, c.country AS country
ORDER BY followers DESC, customer_id
LIMIT $limit
