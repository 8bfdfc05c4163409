// /// segment
// format   = 1
// title    = "Customers by next step"
// question = "Who is due for this step?"
// summary  = "Customers to whom the rules suggest one step, best ambassadors first"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["next_step", "next_step_why"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// step = { type = "str", choices_query = "next-steps", help = "The step" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// next_step   = { type = "str", title = "Next step" }
// why         = { type = "str", title = "Why" }
// gives       = { type = "bool", title = "Gives something", help = "Never for a detractor, never for a review" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// score       = { type = "float", title = "Ambassador score", format = ".1f" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.next_step = $step
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.next_step AS next_step, s.next_step_why AS why, s.next_step_incentive AS gives,
       toInteger(s.nps_answer) AS nps, s.ambassador_score AS score
ORDER BY coalesce(s.ambassador_score, -1.0) DESC, customer_id
LIMIT $limit
