// /// report
// format     = 1
// title      = "Open leads"
// question   = "Whose referrals are still on their way, and what may they bring?"
// summary    = "Referrers with people who were invited and have not bought yet, weighted by how often a referral at that stage becomes a customer; nothing of it is earned money"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["lead_credit", "open_leads"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id        = { type = "str", title = "Customer" }
// name               = { type = "str", title = "Name" }
// open_leads         = { type = "int", title = "Open leads", format = ",d" }
// expected_customers = { type = "float", title = "Customers expected", format = ",.1f", help = "Leads times the weight of their stage in lead_weights.toml" }
// lead_credit        = { type = "float", title = "Lead credit", format = ",.2f", unit = "currency", help = "Customers expected times the mean past value of a customer" }
// customers          = { type = "int", title = "Customers won so far", format = ",d" }
// won                = { type = "float", title = "Of invitations won", format = ".0%" }
// country            = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.open_leads > 0 AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.open_leads) AS open_leads,
       s.expected_customers AS expected_customers, s.lead_credit / unit AS lead_credit, s.referral_customers AS customers,
       CASE WHEN s.referral_invites > 0 THEN toFloat(s.referral_customers) / s.referral_invites END AS won,
       c.country AS country
ORDER BY lead_credit DESC, open_leads DESC, customer_id
LIMIT $limit
