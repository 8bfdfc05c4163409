// /// report
// format   = 1
// title    = "Network of a customer"
// question = "Who stands around this customer, and who persuaded whom?"
// summary  = "One customer, the people tied to them (those with a share of credit first, then the best connected), and the ties among these; who persuaded whom is an estimate under stated assumptions"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["friend_count", "persuasion_status"]
// key      = ["source_id", "target_id", "line"]
// timeout  = "30s"
// chart    = { mark = "network", x = "source_id", y = "target_id", color = "line", size = "target_friends", weight = "credit", title = "People around the customer, and who persuaded whom" }
// [params]
// customer = { type = "str", help = "Id of the customer" }
// people   = { type = "int", default = 24, min = 1, max = 100, help = "How many people to show around the customer" }
// limit    = { type = "int", default = 400, min = 1, max = 10000, help = "How many lines to list" }
// [columns]
// source_id      = { type = "str", title = "From" }
// target_id      = { type = "str", title = "To" }
// line           = { type = "str", title = "Line", help = "tie: friends, or one follows the other; persuaded: the first has a share of credit for purchases of the second" }
// credit         = { type = "float", title = "Purchases credited", format = ",.2f", help = "Estimated share of the second one's purchases that is due to the first" }
// target_friends = { type = "int", title = "Friends of the second", format = ",d" }
// ///
// Opted-out people have no score and are not in the picture; nor has one who opted out a picture of their own.
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[:SCORED]->(:Score {run: $run})
WHERE coalesce(c.opted_out, false) = false
CALL (run, c) {
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(other:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE coalesce(other.opted_out, false) = false
    AND (tie.since IS NULL OR tie.since <= run.as_of) AND (tie.until IS NULL OR tie.until > run.as_of)
  WITH DISTINCT c, other, s
  OPTIONAL MATCH (c)-[credited:PERSUADED {run: $run}]-(other)
  WITH other, s, sum(coalesce(credited.credit, 0.0)) AS credit
  ORDER BY credit DESC, s.friend_count DESC, other.id
  LIMIT $people
  RETURN collect(other) AS others
}
CALL (run, c, others) {
  UNWIND others AS other
  RETURN c AS source, other AS target, 'tie' AS line, null AS credit
  UNION ALL
  MATCH (source:Customer)-[k:PERSUADED {run: $run}]->(target:Customer)
  WHERE (source = c OR source IN others) AND (target = c OR target IN others)
  RETURN source, target, 'persuaded' AS line, k.credit AS credit
  UNION ALL
  UNWIND others AS source
  MATCH (source)-[tie:FRIEND|FOLLOWS]-(target:Customer)
  WHERE target IN others AND source.id < target.id
    AND (tie.since IS NULL OR tie.since <= run.as_of) AND (tie.until IS NULL OR tie.until > run.as_of)
  RETURN DISTINCT source, target, 'tie' AS line, null AS credit
}
OPTIONAL MATCH (target)-[:SCORED]->(s:Score {run: $run})
WITH source.id AS source_id, target.id AS target_id, line, credit, s.friend_count AS target_friends, source = c AS own
RETURN source_id, target_id, line, credit, target_friends
ORDER BY own DESC, line DESC, credit DESC, source_id, target_id, line
LIMIT $limit
