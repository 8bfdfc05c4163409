// /// segment
// format     = 1
// title      = "Undervalued customers"
// question   = "Who looks small by spending and must not be treated as small?"
// summary    = "Customers who spend no more than the median and are in the top tenth by network value, each sale counted once"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["hidden_wealth", "clnv"]
// key        = ["customer_id"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// certain = { type = "bool", default = false, help = "Only those who are certain" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// network_value = { type = "float", title = "Network value", format = ",.2f", unit = "currency", help = "Own margin less what is credited to others, plus what others spend because of the customer" }
// low           = { type = "float", title = "From", format = ",.2f", unit = "currency", help = "90 % interval, from the uncertainty of persuasion" }
// own           = { type = "float", title = "Own margin", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// certain       = { type = "bool", title = "Certain", help = "The lower end of the interval reaches the cut, too" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.hidden_wealth AND ($certain = false OR s.hidden_wealth_certain) AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.clnv / unit AS network_value, s.clnv_low / unit AS low, s.past_customer_value / unit AS own,
       s.hidden_wealth_certain AS certain
ORDER BY network_value DESC, customer_id
LIMIT $limit
