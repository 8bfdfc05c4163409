// /// report
// format   = 1
// title    = "Next step with a customer"
// question = "What should we do next with this customer, and why?"
// summary  = "The first rule of next_steps.toml that holds for one customer, with its reason; a suggestion by rule, not a forecast of what it will bring"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["next_step"]
// key      = ["customer_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// next_step   = { type = "str", title = "Next step" }
// why         = { type = "str", title = "Why" }
// incentive   = { type = "bool", title = "Gives something of value" }
// ///
MATCH (c:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
WHERE s.next_step IS NOT NULL
RETURN c.id AS customer_id, s.next_step AS next_step, s.next_step_why AS why, s.next_step_incentive AS incentive
ORDER BY customer_id
LIMIT 1
