// /// report
// format   = 1
// title    = "Distribution of lift"
// question = "How is persuasion spread over our customers, and where are the certified persuaders?"
// summary  = "Customers by persuasion lift: at 1 friends buy as often as expected, to the right of it more often; for certified ones chance is an unlikely explanation. Customers with too little evidence are not shown"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "persuasion_lift", "certified_persuader"]
// key      = ["lift_from", "certified"]
// timeout  = "60s"
// chart    = { mark = "histogram", x = "lift_from", high = "lift_to", y = "customers", color = "certified", title = "Customers by persuasion lift" }
// [params]
// step  = { type = "float", default = 0.2, min = 0.01, max = 10.0, help = "Width of a class of lift" }
// limit = { type = "int", default = 1000, min = 1, max = 10000, help = "How many classes to list" }
// [columns]
// lift_from = { type = "float", title = "Lift from", format = ".2f", help = "Lower end of the class, included" }
// lift_to   = { type = "float", title = "Lift to", format = ".2f", help = "Upper end of the class, not included" }
// certified = { type = "bool", title = "Certified", help = "Unlikely to be chance (false discovery rate of 10 % or less), lift of 1.5 or more, and the timing agrees" }
// customers = { type = "int", title = "Customers", format = ",d" }
// ///
MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.persuasion_status = 'ok' AND s.persuasion_lift IS NOT NULL
WITH floor(s.persuasion_lift / $step) AS class, coalesce(s.certified_persuader, false) AS certified, count(*) AS customers
RETURN class * $step AS lift_from, (class + 1) * $step AS lift_to, certified, customers
ORDER BY lift_from, certified
LIMIT $limit
