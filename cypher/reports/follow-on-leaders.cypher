// /// report
// format   = 1
// title    = "Follow-on leaders"
// question = "After whose purchases do the most friends buy the same product?"
// summary  = "Customers by follow-on purchases: a count, not a proof; friends share tastes, and popular products are bought anyway"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["follow_on_count", "friend_count"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "30s"
// chart    = { mark = "bar", x = "customer_id", y = "follow_on_count" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// follow_on_count = { type = "int", title = "Follow-on purchases", format = ",d" }
// first_purchases = { type = "int", title = "Own first purchases", format = ",d" }
// per_purchase    = { type = "float", title = "Follow-ons per purchase", format = ".2f" }
// friends         = { type = "int", title = "Friends", format = ",d" }
// country         = { type = "str", title = "Country" }
// ///
// A follow-on is a friend's first purchase of the same product after one's own and within the window of the run.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.follow_on_count > 0 AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s
ORDER BY s.follow_on_count DESC, c.id
LIMIT $limit
CALL (c) {
  MATCH (run:Run {id: $run})
  MATCH (c)-[own:BOUGHT {first: true}]->(:Product)
  WHERE own.at <= run.as_of
  RETURN count(own) AS first_purchases
}
RETURN c.id AS customer_id, c.name AS name, s.follow_on_count AS follow_on_count, first_purchases,
       CASE WHEN first_purchases > 0 THEN toFloat(s.follow_on_count) / first_purchases END AS per_purchase,
       s.friend_count AS friends, c.country AS country
ORDER BY follow_on_count DESC, customer_id
LIMIT $limit
