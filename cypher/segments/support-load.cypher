// /// segment
// format   = 1
// title    = "Support load"
// question = "Whose questions should we look into first?"
// summary  = "Customers who needed support at least the given number of times"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["contacts", "contact_cost"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_contacts = { type = "int", default = 3, min = 1, max = 1000000, help = "Leave out customers with fewer contacts" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// contacts    = { type = "int", title = "Contacts", format = ",d" }
// cost        = { type = "float", title = "Cost", format = ",.2f", unit = "currency", help = "Empty when the cost of one contact is unknown" }
// open        = { type = "bool", title = "Question open", help = "A contact that nobody has solved; empty where the data do not say" }
// effort      = { type = "int", title = "Effort answer", format = "d", help = "Last answer to whether it was easy, 1 to 7" }
// nps         = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.contacts >= $min_contacts
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.contacts AS contacts, s.contact_cost / unit AS cost, s.contact_open AS open,
       toInteger(s.effort_answer) AS effort, toInteger(s.nps_answer) AS nps
ORDER BY coalesce(s.contact_cost, -1.0) DESC, contacts DESC, customer_id
LIMIT $limit
