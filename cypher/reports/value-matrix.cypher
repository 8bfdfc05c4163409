// /// report
// format     = 1
// title      = "Value matrix"
// question   = "Who buys, who brings others, who does both?"
// summary    = "Customers by own lifetime value and by what others will spend because of them: Champions, Affluents, Advocates and Misers, with the cuts between them"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["value_quadrant"]
// key        = ["quadrant"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "quadrant", y = "customers" }
// [params]
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// quadrant       = { type = "str", title = "Quadrant", help = "Champion: own and others high; Affluent: own; Advocate: others; Miser: neither" }
// advice         = { type = "str", title = "What it means" }
// customers      = { type = "int", title = "Customers", format = ",d" }
// customer_share = { type = "float", title = "Of all", format = ".1%" }
// clv            = { type = "float", title = "Own lifetime value", format = ",.2f", unit = "currency", help = "Discounted margin expected over the horizon of the run: a plan" }
// others         = { type = "float", title = "Through others", format = ",.2f", unit = "currency", help = "By referral and influence" }
// mean_clv       = { type = "float", title = "Own, each", format = ",.2f", unit = "currency" }
// mean_others    = { type = "float", title = "Through others, each", format = ",.2f", unit = "currency" }
// own_cut        = { type = "float", title = "Own is high above", format = ",.2f", unit = "currency", help = "Own lifetime value above this counts as high: the median unless the run says otherwise" }
// others_cut     = { type = "float", title = "Others is high above", format = ",.2f", unit = "currency", help = "Value through others above this counts as high: the median; 0 when most bring nothing, and then anything at all is high" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.value_quadrant IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH run, unit, collect(s) AS everybody
UNWIND everybody AS s
WITH run, unit, size(everybody) AS n, s.value_quadrant AS quadrant, count(s) AS customers, sum(s.clv) AS clv,
     sum(s.cev_referral + s.cev_influence) AS others
RETURN quadrant, CASE quadrant
         WHEN 'Champion' THEN 'buy more than the cut and bring more: keep them close'
         WHEN 'Affluent' THEN 'buy more than the cut, bring less: ask for referrals'
         WHEN 'Advocate' THEN 'buy less than the cut, bring more: win their own spending, never write them off'
         WHEN 'Miser' THEN 'neither: spend no effort before something changes'
       END AS advice, customers, toFloat(customers) / n AS customer_share, clv / unit AS clv,
       others / unit AS others, clv / customers / unit AS mean_clv, others / customers / unit AS mean_others,
       run.value_own_cut / unit AS own_cut, run.value_others_cut / unit AS others_cut
ORDER BY clv DESC, quadrant
LIMIT 4
