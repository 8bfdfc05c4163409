// /// report
// format   = 1
// title    = "Detractors with reach"
// question = "Who is unhappy, and who hears of it?"
// summary  = "Customers who answered 6 or less, with the friends who hear them and the margin that puts at risk. What the margin rests on stands in the last column: how much likelier friends leave is measured where enough customers left (churn-contagion), else taken from the literature"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["detractor_friends", "nps_answer"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// min_friends = { type = "int", default = 1, min = 0, max = 1000000, help = "Leave out detractors whom fewer friends hear" }
// influencers = { type = "bool", default = false, help = "Only certified persuaders and super-connectors" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// name           = { type = "str", title = "Name" }
// nps            = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// friends        = { type = "int", title = "Friends who hear", format = ",d", help = "Detractors among the friends left out" }
// exposure       = { type = "float", title = "By strength of tie", format = ",.1f", help = "The same friends, each by the weight of the tie" }
// margin_at_risk = { type = "float", title = "Margin at risk", format = ",.2f", unit = "currency", help = "Empty when lifetime values are unknown. Friends of several detractors count for each: do not add up" }
// influencer     = { type = "bool", title = "Influencer", help = "Certified persuader or super-connector" }
// contact_open   = { type = "bool", title = "Question open", help = "A support contact that nobody has solved" }
// next_step      = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// country        = { type = "str", title = "Country" }
// rests_on       = { type = "str", title = "Rests on", help = "How much likelier friends of somebody who leaves are to leave, and how many leave anyway" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.nps_group = 'detractor' AND s.detractor_friends >= $min_friends AND ($influencers = false OR s.detractor_influencer)
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.nps_answer) AS nps, toInteger(s.detractor_friends) AS friends,
       s.detractor_exposure AS exposure, s.detractor_margin_at_risk / unit AS margin_at_risk,
       s.detractor_influencer AS influencer, s.contact_open AS contact_open, s.next_step AS next_step,
       c.country AS country,
       CASE WHEN s.detractor_margin_at_risk IS NULL THEN null ELSE
         'hazard ratio ' + toString(round(10 * run.voice_hazard_ratio) / 10.0) +
         CASE run.voice_hazard_source WHEN 'data' THEN ' from your data' ELSE ' from the literature' +
           CASE run.contagion_status WHEN 'ok' THEN ' (your data prove none)' ELSE '' END END +
         CASE run.voice_churn_source WHEN 'data' THEN ', usual churn from your data'
           WHEN 'model' THEN ', usual churn from the purchase model' ELSE '' END END AS rests_on
ORDER BY coalesce(s.detractor_margin_at_risk, -1.0) DESC, exposure DESC, customer_id
LIMIT $limit
