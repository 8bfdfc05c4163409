// /// report
// format   = 1
// title    = "Persuaders to watch"
// question = "Who looks like a persuader, but is not certified, and what is missing?"
// summary  = "Customers whose follow-ons are surprising, with each condition of the certificate that they do not meet: more purchases may settle it either way"
// category = "persuasion"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status", "persuasion_q", "persuasion_lift", "timing_p", "certified_persuader"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// max_q = { type = "float", default = 0.2, min = 0.0, max = 1.0, help = "Largest false discovery rate that is still worth watching: at 0.2 one in five is there by chance" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// missing         = { type = "str", title = "What is missing" }
// q               = { type = "float", title = "False discovery rate", format = ".3f", help = "Of the customers at least as surprising as this one, the share that is there by chance" }
// lift            = { type = "float", title = "Lift", format = ".2f", help = "Follow-ons over expected ones, drawn towards 1 when there is little evidence" }
// timing_p        = { type = "float", title = "Chance of the timing", format = ".3f", help = "Probability of so many follow-ons soon after, had friends bought in random order" }
// observed        = { type = "int", title = "Follow-ons", format = ",d" }
// expected        = { type = "float", title = "Expected anyway", format = ",.1f", help = "Follow-ons that friends of the same kind make at that time without persuasion" }
// persuasion_rate = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// ///
// Certified: q <= 0.10, lift >= 1.5 and timing p <= 0.20, all three.
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.persuasion_status = 'ok' AND s.persuasion_q <= $max_q AND coalesce(s.certified_persuader, false) = false
  AND coalesce(c.opted_out, false) = false
WITH c, s, [
  CASE WHEN s.persuasion_q > 0.1 THEN 'could still be chance (false discovery rate above 0.10)' END,
  CASE WHEN s.persuasion_lift < 1.5 THEN 'effect too small (lift below 1.5)' END,
  CASE WHEN s.timing_p > 0.2 THEN 'friends do not buy soon after rather than at other times (timing above 0.20)' END,
  CASE WHEN s.timing_p IS NULL THEN 'timing cannot be judged: no product with three buyers' END
] AS conditions
WITH c, s, [condition IN conditions WHERE condition IS NOT NULL] AS failed
RETURN c.id AS customer_id, c.name AS name,
       reduce(told = '', reason IN failed | told + CASE told WHEN '' THEN '' ELSE '; ' END + reason) AS missing,
       s.persuasion_q AS q, s.persuasion_lift AS lift, s.timing_p AS timing_p, s.persuasion_observed AS observed,
       s.persuasion_expected AS expected, s.persuasion_rate AS persuasion_rate
ORDER BY q, persuasion_rate DESC, customer_id
LIMIT $limit
