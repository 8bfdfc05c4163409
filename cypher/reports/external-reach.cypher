// /// report
// format   = 1
// title    = "Followers on other networks"
// question = "Which customers have an audience outside our shop?"
// summary  = "Customers by followers on other networks: people such as columnists, who influence many without buying much"
// category = "reach"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["external_reach"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "bar", x = "customer_id", y = "external_reach" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// external_reach = { type = "int", title = "Followers elsewhere", format = ",d" }
// networks       = { type = "int", title = "Networks", format = ",d" }
// friends        = { type = "int", title = "Friends here", format = ",d" }
// purchases      = { type = "int", title = "Purchase lines", format = ",d" }
// country        = { type = "str", title = "Country" }
// ///
// No profile means unknown, not zero: such customers are left out.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.external_reach IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s
ORDER BY s.external_reach DESC, c.id
LIMIT $limit
RETURN c.id AS customer_id, c.name AS name, s.external_reach AS external_reach,
       COUNT { MATCH (c)-[:HAS_PROFILE]->(profile:Profile) RETURN DISTINCT profile.network } AS networks,
       s.friend_count AS friends, COUNT { (c)-[:BOUGHT]->() } AS purchases, c.country AS country
ORDER BY external_reach DESC, customer_id
LIMIT $limit
