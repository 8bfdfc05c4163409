// /// segment
// format   = 1
// title    = "Asks outstanding"
// question = "Whom should we remind, or thank and leave alone?"
// summary  = "Customers who were asked for something and have neither done nor declined it since"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["asks_outstanding", "asked_days"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_days = { type = "int", default = 0, min = 0, max = 36500, help = "Last asked at least this many days ago" }
// kind = { type = "str", default = "", choices_query = "advocacy-kinds", help = "One kind of advocacy, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// outstanding = { type = "str", title = "Asked, no answer yet" }
// asked_days  = { type = "int", title = "Days since last ask", format = ",d" }
// done        = { type = "str", title = "Done", help = "What the customer did for you, ever" }
// group       = { type = "str", title = "NPS group", help = "promoter 9-10, passive 7-8, detractor 0-6; empty if never asked" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.asks_outstanding IS NOT NULL AND s.asked_days >= $min_days AND ($kind = '' OR $kind IN split(s.asks_outstanding, ', '))
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.asks_outstanding AS outstanding, toInteger(s.asked_days) AS asked_days,
       s.advocacy_done AS done, s.nps_group AS group
ORDER BY coalesce(s.asked_days, 0.0) DESC, customer_id
LIMIT $limit
