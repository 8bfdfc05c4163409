// /// report
// format   = 1
// title    = "Next steps"
// question = "What is to be done, and for how many customers?"
// summary  = "Suggested steps by number of customers; the rules are in next_steps.toml. A step that gives something is never suggested for a detractor and never for a review"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["next_step", "next_step_why", "next_step_incentive"]
// key      = ["step", "why"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "bar", x = "step", y = "customers" }
// [columns]
// step       = { type = "str", title = "Step" }
// why        = { type = "str", title = "Why" }
// customers  = { type = "int", title = "Customers", format = ",d" }
// promoters  = { type = "int", title = "Promoters", format = ",d" }
// detractors = { type = "int", title = "Detractors", format = ",d" }
// gives      = { type = "bool", title = "Gives something" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.next_step IS NOT NULL AND coalesce(c.opted_out, false) = false
WITH s.next_step AS step, s.next_step_why AS why, s.next_step_incentive AS gives, count(*) AS customers,
     count(CASE s.nps_group WHEN 'promoter' THEN 1 END) AS promoters,
     count(CASE s.nps_group WHEN 'detractor' THEN 1 END) AS detractors
RETURN step, why, customers, promoters, detractors, gives
ORDER BY customers DESC, step, why
LIMIT 1000
