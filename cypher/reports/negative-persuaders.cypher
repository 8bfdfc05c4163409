// /// report
// format   = 1
// title    = "Negative persuaders"
// question = "After whose purchases do fewer friends buy than expected?"
// summary  = "Groups by their last answer to 'would you recommend us' first, then single customers of whom at least 10 follow-ons were expected: an estimate under stated assumptions"
// category = "persuasion"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status", "negative_p"]
// key      = ["level", "who"]
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many rows to list" }
// max_p = { type = "float", default = 0.05, min = 0.0, max = 1.0, help = "Leave out single customers whose few follow-ons are likelier than this by chance" }
// [columns]
// level     = { type = "str", title = "Level" }
// who       = { type = "str", title = "Group or customer" }
// customers = { type = "int", title = "Customers", format = ",d" }
// observed  = { type = "int", title = "Follow-ons", format = ",d" }
// expected  = { type = "float", title = "Expected anyway", format = ",.1f" }
// ratio     = { type = "float", title = "Observed over expected", format = ".2f", help = "Below 1: fewer than expected" }
// sigma     = { type = "float", title = "Sigma", format = ".1f", help = "(observed - expected) / sqrt(expected): below -2 is hardly chance; groups only" }
// p         = { type = "float", title = "Chance of so few", format = ".3f", help = "Single customers only" }
// ///
// Groups need no evidence floor, because they add up; a customer alone does: 10 expected follow-ons.
CALL () {
  MATCH (run:Run {id: $run})
  MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE s.persuasion_expected IS NOT NULL AND coalesce(c.opted_out, false) = false
    AND EXISTS { (c)-[:ANSWERED]->(:Response {kind: 'nps'}) }
  CALL (run, c) {
    MATCH (c)-[:ANSWERED]->(r:Response {kind: 'nps'})
    WHERE r.at <= run.as_of
    RETURN r.score AS score
    ORDER BY r.at DESC, r.score DESC
    LIMIT 1
  }
  WITH CASE WHEN score <= 6 THEN 'would not recommend us (0-6)' WHEN score <= 8 THEN 'undecided (7-8)'
            ELSE 'would recommend us (9-10)' END AS who,
       count(*) AS customers, sum(s.persuasion_observed) AS observed, sum(s.persuasion_expected) AS expected
  RETURN 1 AS place, 'group' AS level, who, customers, observed, expected,
         CASE WHEN expected > 0 THEN (observed - expected) / sqrt(expected) END AS sigma, null AS p
  UNION ALL
  MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE s.persuasion_expected >= 10 AND s.negative_p <= $max_p AND coalesce(c.opted_out, false) = false
  RETURN 2 AS place, 'customer' AS level, c.id AS who, 1 AS customers, s.persuasion_observed AS observed,
         s.persuasion_expected AS expected, null AS sigma, s.negative_p AS p
}
RETURN level, who, customers, observed, expected, CASE WHEN expected > 0 THEN observed / expected END AS ratio, sigma, p
ORDER BY place, ratio, level, who
LIMIT $limit
