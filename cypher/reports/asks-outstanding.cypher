// /// report
// format   = 1
// title    = "Asks outstanding"
// question = "Whom did we ask, and have not heard from?"
// summary  = "Customers who were asked for something and have neither done nor declined it since, longest wait first"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["asks_outstanding", "asked_days"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// min_days = { type = "int", default = 0, min = 0, max = 36500, help = "Last asked at least this many days ago" }
// kind = { type = "str", default = "", choices_query = "advocacy-kinds", help = "One kind of advocacy, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// outstanding = { type = "str", title = "Asked, no answer yet" }
// asked_days  = { type = "int", title = "Days since last ask", format = ",d" }
// done        = { type = "str", title = "Done", help = "What the customer did for you, ever" }
// willing_to  = { type = "str", title = "Willing to", help = "Offered and not declined since" }
// willingness = { type = "float", title = "Willingness", format = ".0f", help = "Stated, 0 to 10; empty if never asked" }
// group       = { type = "str", title = "NPS group", help = "promoter 9-10, passive 7-8, detractor 0-6; empty if never asked" }
// next_step   = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// country     = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.asks_outstanding IS NOT NULL AND s.asked_days >= $min_days AND ($kind = '' OR $kind IN split(s.asks_outstanding, ', '))
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.asks_outstanding AS outstanding, toInteger(s.asked_days) AS asked_days,
       s.advocacy_done AS done, s.willing_to AS willing_to, s.willingness AS willingness, s.nps_group AS group,
       s.next_step AS next_step, c.country AS country
ORDER BY coalesce(s.asked_days, 0.0) DESC, customer_id
LIMIT $limit
