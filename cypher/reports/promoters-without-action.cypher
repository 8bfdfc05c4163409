// /// report
// format   = 1
// title    = "Promoters without action"
// question = "Who says they would recommend us, and has not, as far as we can see?"
// summary  = "Intent-action gap: promoters who invited nobody and after whom friends bought no more than expected, since the first purchase in the data. What people say at the kitchen table is not seen here"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["promoter_without_action", "nps_answer"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// willingness = { type = "float", title = "Willingness", format = ".0f", help = "Stated, 0 to 10; empty if never asked" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// done        = { type = "str", title = "Done", help = "What the customer did for you, ever" }
// status      = { type = "str", title = "Evidence on persuasion", help = "Whether there are purchases and friends enough to see an effect" }
// outstanding = { type = "str", title = "Asked, no answer yet" }
// asked_days  = { type = "int", title = "Days since last ask", format = ",d" }
// next_step   = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// country     = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.promoter_without_action
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.nps_answer) AS nps, s.willingness AS willingness,
       s.friend_count AS friends, s.advocacy_done AS done,
       CASE s.persuasion_status WHEN 'ok' THEN 'enough to judge' WHEN 'insufficient_data' THEN 'too little to judge' END AS status,
       s.asks_outstanding AS outstanding, toInteger(s.asked_days) AS asked_days, s.next_step AS next_step,
       c.country AS country
ORDER BY nps DESC, coalesce(s.friend_count, 0) DESC, customer_id
LIMIT $limit
