// /// report
// format   = 1
// title    = "Voice of a customer"
// question = "What does this customer say of us, and what would the customer do for us?"
// summary  = "One customer's last answers, what was offered, asked and done, and who hears complaints; what people say of themselves is not what they do"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["customer_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id      = { type = "str", title = "Customer" }
// nps              = { type = "int", title = "Would recommend us (0-10)", format = "d", help = "The last answer" }
// nps_group        = { type = "str", title = "Group" }
// effort           = { type = "int", title = "It was easy (1-7)", format = "d", help = "The last answer" }
// self_declared    = { type = "int", title = "Others ask me for advice (0-10)", format = "d" }
// reading          = { type = "str", title = "Against what was measured", help = "quiet persuader: says little, persuades much; overrates: the reverse" }
// willingness      = { type = "float", title = "Willing to speak for us (0-10)", format = ".0f" }
// willing_to       = { type = "str", title = "Willing to" }
// done             = { type = "str", title = "Has done" }
// outstanding      = { type = "str", title = "Asked for, not done yet" }
// untapped         = { type = "str", title = "Willing, never asked" }
// asked_days       = { type = "int", title = "Days since asked", format = ",d" }
// never_asked      = { type = "bool", title = "Promoter never asked" }
// without_action   = { type = "bool", title = "Promoter who has done nothing" }
// detractor_friends = { type = "int", title = "Friends who hear complaints", format = ",d" }
// margin_at_risk   = { type = "float", title = "Margin at risk", format = ",.2f", unit = "currency", help = "Of friends; an assumption about how complaints spread goes into it" }
// risk_source      = { type = "str", title = "Margin at risk rests on", help = "How much likelier friends of somebody who leaves are to leave, and how many leave anyway" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
RETURN c.id AS customer_id, toInteger(s.nps_answer) AS nps, s.nps_group AS nps_group, toInteger(s.effort_answer) AS effort,
       toInteger(s.self_declared) AS self_declared, s.self_declared_reading AS reading, s.willingness AS willingness,
       s.willing_to AS willing_to, s.advocacy_done AS done, s.asks_outstanding AS outstanding,
       s.untapped_asks AS untapped, toInteger(s.asked_days) AS asked_days, s.never_asked AS never_asked,
       s.promoter_without_action AS without_action, toInteger(s.detractor_friends) AS detractor_friends,
       s.detractor_margin_at_risk / unit AS margin_at_risk,
       CASE WHEN s.detractor_margin_at_risk IS NULL THEN null ELSE
         'hazard ratio ' + toString(round(10 * run.voice_hazard_ratio) / 10.0) +
         CASE run.voice_hazard_source WHEN 'data' THEN ' from your data' ELSE ' from the literature' +
           CASE run.contagion_status WHEN 'ok' THEN ' (your data prove none)' ELSE '' END END +
         CASE run.voice_churn_source WHEN 'data' THEN ', usual churn from your data'
           WHEN 'model' THEN ', usual churn from the purchase model' ELSE '' END END AS risk_source
ORDER BY customer_id
LIMIT 1
