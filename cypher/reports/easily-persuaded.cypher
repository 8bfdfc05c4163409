// /// report
// format   = 1
// title    = "Easily persuaded customers"
// question = "Who tends to buy after friends have bought?"
// summary  = "Customers by the share of their purchases credited to friends: an estimate under stated assumptions; buying after a friend alone is a count"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "influenceability", "influenced_share", "first_purchases"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "point", x = "influenceability", y = "influenced_share" }
// [params]
// limit         = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// min_purchases = { type = "int", default = 5, min = 1, max = 100000, help = "Leave out customers with fewer first purchases: a share of two says little" }
// country       = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id      = { type = "str", title = "Customer" }
// name             = { type = "str", title = "Name" }
// influenced_share = { type = "float", title = "Credited to friends", format = ".1%", help = "Estimated share of own first purchases that is due to friends" }
// influenceability = { type = "float", title = "Bought after a friend", format = ".0%", help = "Share of own first purchases shortly before which a friend bought the same: a count" }
// first_purchases  = { type = "int", title = "First purchases", format = ",d" }
// persuaders       = { type = "int", title = "Persuaders", format = ",d", help = "Friends with a share of the credit" }
// country          = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.influenced_share > 0 AND s.first_purchases >= $min_purchases AND coalesce(c.opted_out, false) = false
  AND ($country = '' OR c.country = $country)
WITH c, s
ORDER BY s.influenced_share DESC, c.id
LIMIT $limit
RETURN c.id AS customer_id, c.name AS name, s.influenced_share AS influenced_share,
       s.influenceability AS influenceability, s.first_purchases AS first_purchases,
       COUNT { (c)<-[:PERSUADED {run: $run}]-() } AS persuaders, c.country AS country
ORDER BY influenced_share DESC, customer_id
LIMIT $limit
