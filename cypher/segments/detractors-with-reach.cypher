// /// segment
// format   = 1
// title    = "Detractors with reach"
// question = "Whom should we listen to first?"
// summary  = "Customers who answered 6 or less and whom friends listen to: for service and personal outreach, never for incentives"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["detractor_friends", "nps_answer"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_friends = { type = "int", default = 1, min = 0, max = 1000000, help = "Leave out detractors whom fewer friends hear" }
// influencers = { type = "bool", default = false, help = "Only certified persuaders and super-connectors" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id    = { type = "str", title = "Customer" }
// nps            = { type = "int", title = "NPS answer", format = "d", help = "Last answer to whether the customer would recommend you, 0 to 10" }
// friends        = { type = "int", title = "Friends who hear", format = ",d", help = "Detractors among the friends left out" }
// exposure       = { type = "float", title = "By strength of tie", format = ",.1f", help = "The same friends, each by the weight of the tie" }
// margin_at_risk = { type = "float", title = "Margin at risk", format = ",.2f", unit = "currency", help = "Empty when lifetime values are unknown. Friends of several detractors count for each: do not add up" }
// influencer     = { type = "bool", title = "Influencer", help = "Certified persuader or super-connector" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.nps_group = 'detractor' AND s.detractor_friends >= $min_friends AND ($influencers = false OR s.detractor_influencer)
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, toInteger(s.nps_answer) AS nps, toInteger(s.detractor_friends) AS friends,
       s.detractor_exposure AS exposure, s.detractor_margin_at_risk / unit AS margin_at_risk,
       s.detractor_influencer AS influencer
ORDER BY coalesce(s.detractor_margin_at_risk, -1.0) DESC, exposure DESC, customer_id
LIMIT $limit
