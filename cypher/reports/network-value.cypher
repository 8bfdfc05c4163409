// /// report
// format     = 1
// title      = "Network value of the past"
// question   = "Who earned the shop its margin, when every sale is counted once?"
// summary    = "Margin so far, moved to those who brought it about: net values of all customers add up to the margin of the shop; gross values overlap and do not"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["clnv", "civ"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "net" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// by      = { type = "str", default = "net", choices = ["net", "others"], help = "net: by network value; others: by what others spent because of the customer" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// name          = { type = "str", title = "Name" }
// own           = { type = "float", title = "Own margin", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// credited_away = { type = "float", title = "Credited to others", format = ",.2f", unit = "currency" }
// by_referral   = { type = "float", title = "By referral", format = ",.2f", unit = "currency" }
// by_persuasion = { type = "float", title = "By persuasion", format = ",.2f", unit = "currency", help = "An estimate under stated assumptions" }
// net           = { type = "float", title = "Network value, net", format = ",.2f", unit = "currency", help = "The sum of the four; adds up over all customers" }
// net_low       = { type = "float", title = "From", format = ",.2f", unit = "currency", help = "90 % interval, from the uncertainty of persuasion" }
// net_high      = { type = "float", title = "To", format = ",.2f", unit = "currency" }
// civ           = { type = "float", title = "Others spent, gross", format = ",.2f", unit = "currency", help = "Through any chain, before passing on; overlaps between customers" }
// gross         = { type = "float", title = "Own and others, gross", format = ",.2f", unit = "currency" }
// country       = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.clnv IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s, unit, CASE $by WHEN 'net' THEN s.clnv ELSE s.earned_by_referral + s.earned_by_persuasion END AS rank
RETURN c.id AS customer_id, c.name AS name, s.past_customer_value / unit AS own, -s.credited_away / unit AS credited_away,
       s.earned_by_referral / unit AS by_referral, s.earned_by_persuasion / unit AS by_persuasion, s.clnv / unit AS net,
       s.clnv_low / unit AS net_low, s.clnv_high / unit AS net_high, s.civ / unit AS civ, s.gross_value / unit AS gross,
       c.country AS country
ORDER BY rank DESC, customer_id
LIMIT $limit
