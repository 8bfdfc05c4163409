// /// report
// format   = 1
// title    = "Self-declared influence"
// question = "Who says that friends ask them before they buy, and is it so?"
// summary  = "What customers say of their influence beside the influence that was measured; both are uncertain for one person, and voice-summary says how far they agree over all"
// category = "voice"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["self_declared", "self_declared_reading"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// reading = { type = "str", default = "", choices = ["", "agrees", "quiet persuader", "overrates"], help = "Only customers with this reading, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id         = { type = "str", title = "Customer" }
// name                = { type = "str", title = "Name" }
// declared            = { type = "int", title = "Declared", format = "d", help = "What the customer says of having influence, 0 to 10" }
// declared_percentile = { type = "float", title = "Declared, percentile", format = ".0f", help = "Among customers with both figures" }
// measured_percentile = { type = "float", title = "Measured, percentile", format = ".0f", help = "Rank of the persuasion rate among the same customers; empty: too little evidence to judge" }
// reading             = { type = "str", title = "Reading", help = "quiet persuader: measures at least 50 points higher than declared; overrates: the reverse" }
// persuasion_rate     = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// certified           = { type = "bool", title = "Certified persuader", help = "Empty: too little evidence to judge" }
// country             = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.self_declared IS NOT NULL AND ($reading = '' OR s.self_declared_reading = $reading)
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.self_declared) AS declared,
       s.self_declared_percentile AS declared_percentile, s.self_declared_measured AS measured_percentile,
       s.self_declared_reading AS reading, s.persuasion_rate AS persuasion_rate,
       CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified, c.country AS country
ORDER BY abs(coalesce(measured_percentile - declared_percentile, -1.0)) DESC, customer_id
LIMIT $limit
