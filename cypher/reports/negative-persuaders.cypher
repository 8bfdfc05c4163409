// /// report
// format   = 1
// title    = "Negative persuaders"
// question = "After whose purchases do fewer friends buy than expected?"
// summary  = "Groups by their last answer to 'would you recommend us' first, with a 95 % interval and the chance of so few, then how many single customers were tested, and those who are beyond chance among so many: an estimate under stated assumptions"
// category = "persuasion"
// owner    = "marketing"
// revision = 3
// maturity = "stable"
// needs    = ["persuasion_status", "negative_p", "negative_q"]
// key      = ["level", "who", "customer_id"]
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many rows to list" }
// max_q = { type = "float", default = 0.1, min = 0.0, max = 1.0, help = "False discovery rate of the single customers: about this share of those listed may be chance" }
// [columns]
// level       = { type = "str", title = "Level" }
// who         = { type = "str", title = "Who" }
// customer_id = { type = "str", title = "Customer", help = "Single customers only" }
// customers   = { type = "int", title = "Customers", format = ",d", help = "Of the tested: how many single customers had at least 10 expected follow-ons" }
// observed    = { type = "int", title = "Follow-ons", format = ",d" }
// expected    = { type = "float", title = "Expected anyway", format = ",.1f" }
// ratio       = { type = "float", title = "Observed over expected", format = ".2f", help = "Below 1: fewer than expected" }
// low         = { type = "float", title = "From", format = ".2f", help = "95 % interval of a group, as the run computed it" }
// high        = { type = "float", title = "To", format = ".2f" }
// sigma       = { type = "float", title = "Sigma", format = ".1f", help = "(observed - expected) / sqrt(expected), groups only. It takes purchases for independent, which the chance beside it does not" }
// p           = { type = "float", title = "Chance of so few", format = ".3f", help = "Probability of so few or fewer by chance; groups and customers of whom at least 10 were expected" }
// q           = { type = "float", title = "q", format = ".3f", help = "Smallest false discovery rate, among all tested, at which the single customer is listed" }
// ///
// Groups need no evidence floor, because they add up; a customer alone does: 10 expected follow-ons. Of thousands tested
// alone one in twenty has a p below 0.05 by chance, so the limit is one on q.
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
  WITH run, CASE WHEN score <= 6 THEN 0 WHEN score <= 8 THEN 1 ELSE 2 END AS tier,
       count(*) AS customers, sum(s.persuasion_observed) AS observed, sum(s.persuasion_expected) AS expected
  WITH tier, customers, observed, expected, run.lower_tail_low[tier] AS low, run.lower_tail_high[tier] AS high,
       run.lower_tail_p[tier] AS p
  RETURN 1 AS place, 'group' AS level,
         ['would not recommend us (0-6)', 'undecided (7-8)', 'would recommend us (9-10)'][tier] AS who,
         null AS customer_id, customers, observed, expected, CASE WHEN NOT isNaN(low) THEN low END AS low,
         CASE WHEN NOT isNaN(high) THEN high END AS high,
         CASE WHEN expected > 0 THEN (observed - expected) / sqrt(expected) END AS sigma,
         CASE WHEN NOT isNaN(p) THEN p END AS p, null AS q
  UNION ALL
  MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE s.negative_q IS NOT NULL AND coalesce(c.opted_out, false) = false
  WITH count(*) AS customers, sum(s.persuasion_observed) AS observed, sum(s.persuasion_expected) AS expected
  WHERE customers > 0
  RETURN 2 AS place, 'tested' AS level, 'single customers, 10 or more expected of each' AS who, null AS customer_id, customers,
         observed, expected, null AS low, null AS high, null AS sigma, null AS p, null AS q
  UNION ALL
  MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE s.negative_q <= $max_q AND coalesce(c.opted_out, false) = false
  RETURN 3 AS place, 'customer' AS level, 'single customer' AS who, c.id AS customer_id, 1 AS customers,
         s.persuasion_observed AS observed, s.persuasion_expected AS expected, null AS low, null AS high, null AS sigma,
         s.negative_p AS p, s.negative_q AS q
}
RETURN level, who, customer_id, customers, observed, expected, CASE WHEN expected > 0 THEN observed / expected END AS ratio,
       low, high, sigma, p, q
ORDER BY place, ratio, level, who, customer_id
LIMIT $limit
