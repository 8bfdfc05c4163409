// /// report
// format     = 1
// title      = "Hidden wealth"
// question   = "Who looks small by spending and is worth much through others?"
// summary    = "Customers of low own spend by how many ranks they gain when what others spend because of them is counted, each sale once; the interval says how sure that is"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["rank_gain", "clnv", "spend_percentile"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "rank_gain" }
// [params]
// limit     = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// low_spend = { type = "float", default = 50.0, min = 0.0, max = 100.0, help = "Own spend at most at this percentile" }
// high_net  = { type = "float", default = 90.0, min = 0.0, max = 100.0, help = "Network value at least at this percentile; lower it to see the next ones" }
// country   = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id      = { type = "str", title = "Customer" }
// name             = { type = "str", title = "Name" }
// own_revenue      = { type = "float", title = "Own spend", format = ",.2f", unit = "currency" }
// spend_percentile = { type = "float", title = "Spend, percentile", format = ".0f" }
// own              = { type = "float", title = "Own margin", format = ",.2f", unit = "currency", help = "Margin earned so far, returns taken off" }
// by_referral      = { type = "float", title = "By referral", format = ",.2f", unit = "currency" }
// by_persuasion    = { type = "float", title = "By persuasion", format = ",.2f", unit = "currency", help = "An estimate under stated assumptions" }
// net              = { type = "float", title = "Network value", format = ",.2f", unit = "currency", help = "Own margin less what is credited to others, plus what others spend because of the customer" }
// net_low          = { type = "float", title = "From", format = ",.2f", unit = "currency", help = "90 % interval, from the uncertainty of persuasion" }
// net_high         = { type = "float", title = "To", format = ",.2f", unit = "currency" }
// net_percentile   = { type = "float", title = "Network value, percentile", format = ".0f" }
// rank_gain        = { type = "float", title = "Ranks gained", format = ",.0f", help = "Ranks gained when network value is counted instead of own spend" }
// certain          = { type = "bool", title = "Certain", help = "Whether the lower end of the interval is still among the top tenth; only said of customers of at most median spend" }
// country          = { type = "str", title = "Country" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.spend_percentile <= $low_spend AND s.clnv_percentile >= $high_net AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.own_revenue / unit AS own_revenue, s.spend_percentile AS spend_percentile,
       s.past_customer_value / unit AS own, s.earned_by_referral / unit AS by_referral,
       s.earned_by_persuasion / unit AS by_persuasion, s.clnv / unit AS net, s.clnv_low / unit AS net_low,
       s.clnv_high / unit AS net_high, s.clnv_percentile AS net_percentile, s.rank_gain AS rank_gain,
       s.hidden_wealth_certain AS certain, c.country AS country
ORDER BY rank_gain DESC, customer_id
LIMIT $limit
