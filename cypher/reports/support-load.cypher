// /// report
// format   = 1
// title    = "Support load"
// question = "Who costs us the most in support, and how do they feel about it?"
// summary  = "Customers by cost of their support contacts, with how easy they found it; a frequent question is a fault of the product more often than of the customer"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["contacts", "contact_cost"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// min_contacts = { type = "int", default = 1, min = 0, max = 1000000, help = "Leave out customers with fewer contacts" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// contacts    = { type = "int", title = "Contacts", format = ",d" }
// cost        = { type = "float", title = "Cost", format = ",.2f", unit = "currency", help = "Empty when the cost of one contact is unknown" }
// open        = { type = "bool", title = "Question open", help = "A contact that nobody has solved; empty where the data do not say" }
// effort      = { type = "int", title = "Effort answer", format = "d", help = "Last answer to whether it was easy, 1 to 7" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// answers     = { type = "int", title = "Answers to others", format = ",d", help = "Contacts of other customers that this one solved" }
// margin      = { type = "float", title = "Margin so far", format = ",.2f", unit = "currency" }
// country     = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.contacts >= $min_contacts
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.contacts AS contacts, s.contact_cost / unit AS cost,
       s.contact_open AS open, toInteger(s.effort_answer) AS effort, toInteger(s.nps_answer) AS nps,
       s.peer_answers AS answers, s.past_customer_value / unit AS margin, c.country AS country
ORDER BY coalesce(s.contact_cost, -1.0) DESC, contacts DESC, customer_id
LIMIT $limit
