// /// report
// format   = 1
// title    = "Own value of a customer"
// question = "How much, how often and how recently does this customer buy, and what may come?"
// summary  = "Margin of the past beside what a model fitted to all customers expects; the expectation is an average of customers with the same history, not a promise about one"
// category = "value"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["value_status", "purchase_days"]
// key      = ["customer_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id         = { type = "str", title = "Customer" }
// quadrant            = { type = "str", title = "Kind of customer", help = "Champion: own and others' value high; Affluent: own only; Advocate: others' only; Miser: neither" }
// hidden_wealth       = { type = "bool", title = "Hidden wealth", help = "Low own spend, high net value" }
// own_revenue         = { type = "float", title = "Spent so far", format = ",.2f", unit = "currency" }
// past_customer_value = { type = "float", title = "Margin so far", format = ",.2f", unit = "currency" }
// purchase_days       = { type = "int", title = "Days with a purchase", format = ",d" }
// recency_days        = { type = "float", title = "Days since the last", format = ",.0f" }
// rfm                 = { type = "int", title = "RFM code", format = "d", help = "Recency, frequency, money; 1 worst, 5 best each" }
// p_alive             = { type = "float", title = "Chance of being a customer still", format = ".0%" }
// expected_purchases  = { type = "float", title = "Purchases to come", format = ",.1f", help = "Over the horizon of the run" }
// clv                 = { type = "float", title = "Lifetime value", format = ",.2f", unit = "currency", help = "Margin to come over the horizon of the run, discounted" }
// margin_source       = { type = "str", title = "Margin per purchase from", help = "all customers: this one has too few purchases to have a mean of their own" }
// share_of_wallet     = { type = "float", title = "Share of wallet", format = ".0%", help = "Of what the customer says they spend in the category anywhere" }
// net_low             = { type = "float", title = "Total to come, from", format = ",.2f", unit = "currency", help = "Lower end of the 90 % interval that persuasion leaves" }
// net_high            = { type = "float", title = "Total to come, to", format = ",.2f", unit = "currency", help = "Upper end of the 90 % interval that persuasion leaves" }
// currency            = { type = "str", title = "Amounts in" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
WHERE s.value_status = 'ok'
RETURN c.id AS customer_id, s.value_quadrant AS quadrant, s.hidden_wealth AS hidden_wealth, s.own_revenue / unit AS own_revenue,
       s.past_customer_value / unit AS past_customer_value, toInteger(s.purchase_days) AS purchase_days, s.recency_days AS recency_days,
       toInteger(s.rfm) AS rfm, s.p_alive AS p_alive, s.expected_purchases AS expected_purchases, s.clv / unit AS clv,
       CASE s.margin_source WHEN 'own' THEN 'own purchases' WHEN 'prior' THEN 'all customers' END AS margin_source, s.share_of_wallet AS share_of_wallet, s.cev_low / unit AS net_low, s.cev_high / unit AS net_high,
       run.value_currency AS currency
ORDER BY customer_id
LIMIT 1
