// /// report
// format   = 1
// title    = "The cascade of a product"
// question = "From whom to whom did this product travel?"
// summary  = "Buyers of one product as a tree: below each buyer the friends whose purchase is credited most to them; an estimate under stated assumptions, nobody saw the word being passed on"
// category = "products"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["persuasion_status"]
// key      = ["customer_id"]
// pii      = ["name"]
// timeout  = "120s"
// [params]
// product = { type = "str", help = "Id of the product" }
// starter = { type = "str", default = "", help = "Id of the customer with whom a cascade begins, empty for all" }
// limit   = { type = "int", default = 100, min = 1, max = 10000, help = "How many buyers to list" }
// [columns]
// tree        = { type = "str", title = "Tree", help = "Each buyer is indented below the friend with the largest share of the credit" }
// depth       = { type = "int", title = "Depth", help = "0 = the one who began" }
// parent_id   = { type = "str", title = "Follows" }
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// bought_at   = { type = "datetime", title = "Bought" }
// days_later  = { type = "float", title = "Days after", format = ".1f" }
// credit      = { type = "float", title = "Credit", format = ".0%", help = "Estimated share of this sale that is due to the friend above" }
// reached     = { type = "int", title = "Reached by the starter", format = ",d", help = "Buyers below the one who began" }
// ///
// Candidates for a sale are the persuaders of its buyer who bought at most the window of the run before and were
// friends then; each weighs AF * exp(-days/14), AF = max(0, 1 - (expected + 2)/(observed + 2)), and together they earn
// min(0.9, 1 - prod(1 - AF)). The heaviest is the parent. A parent bought earlier, so there is no circle.
MATCH (run:Run {id: $run})
MATCH (p:Product {id: $product})
MATCH (starter:Customer)-[began:BOUGHT {first: true}]->(p)
WHERE began.at <= run.as_of AND ($starter = '' OR starter.id = $starter)
  AND EXISTS { (starter)-[:PERSUADED {run: $run}]->() }
  AND NOT EXISTS {
    MATCH (x:Customer)-[:PERSUADED {run: $run}]->(starter)
    MATCH (x)-[a:BOUGHT {first: true}]->(p)
    WHERE a.at < began.at AND a.at >= began.at - duration({days: coalesce(run.window_days, 28)})
      AND EXISTS {
        MATCH (x)-[tie:FRIEND|FOLLOWS]-(starter)
        WHERE (type(tie) = 'FRIEND' OR endNode(tie) = x)
          AND (tie.since IS NULL OR tie.since <= a.at) AND (tie.until IS NULL OR tie.until > a.at)
      }
  }
MATCH path = (starter) (
  (v:Customer)-[:PERSUADED {run: $run}]->(u:Customer)
  WHERE v.id = COLLECT {
    MATCH (u)-[b:BOUGHT {first: true}]->(p)
    WHERE b.at <= run.as_of
    MATCH (x:Customer)-[:PERSUADED {run: $run}]->(u)
    MATCH (x)-[a:BOUGHT {first: true}]->(p)
    WHERE a.at < b.at AND a.at >= b.at - duration({days: coalesce(run.window_days, 28)})
      AND EXISTS {
        MATCH (x)-[tie:FRIEND|FOLLOWS]-(u)
        WHERE (type(tie) = 'FRIEND' OR endNode(tie) = x)
          AND (tie.since IS NULL OR tie.since <= a.at) AND (tie.until IS NULL OR tie.until > a.at)
      }
    MATCH (x)-[:SCORED]->(s:Score {run: $run})
    RETURN x.id
    ORDER BY (1.0 - (s.persuasion_expected + 2) / (s.persuasion_observed + 2))
             * exp(-duration.inSeconds(a.at, b.at).seconds / 86400.0 / 14) DESC, x.id
    LIMIT 1
  }[0]
){0,50} (child)
WITH run, p, starter, began, count(*) - 1 AS reached, collect([nodes(path), child]) AS branches
WHERE reached > 0
UNWIND branches AS branch
WITH run, p, starter, began, reached, branch[0] AS chain, branch[1] AS child
WITH run, p, starter, began, reached, chain, child, size(chain) - 1 AS depth,
     CASE WHEN size(chain) > 1 THEN chain[size(chain) - 2] END AS parent
MATCH (child)-[b:BOUGHT {first: true}]->(p)
CALL (run, p, parent, child, b) {
  MATCH (x:Customer)-[:PERSUADED {run: $run}]->(child)
  MATCH (x)-[a:BOUGHT {first: true}]->(p)
  WHERE a.at < b.at AND a.at >= b.at - duration({days: coalesce(run.window_days, 28)})
    AND EXISTS {
      MATCH (x)-[tie:FRIEND|FOLLOWS]-(child)
      WHERE (type(tie) = 'FRIEND' OR endNode(tie) = x)
        AND (tie.since IS NULL OR tie.since <= a.at) AND (tie.until IS NULL OR tie.until > a.at)
    }
  MATCH (x)-[:SCORED]->(s:Score {run: $run})
  WITH x, a, 1.0 - (s.persuasion_expected + 2) / (s.persuasion_observed + 2) AS fraction,
       duration.inSeconds(a.at, b.at).seconds / 86400.0 AS days
  WHERE fraction > 0
  WITH collect({id: x.id, fraction: fraction, weight: fraction * exp(-days / 14), days: days}) AS candidates
  WITH candidates, [one IN candidates WHERE one.id = parent.id][0] AS own,
       1.0 - reduce(none = 1.0, one IN candidates | none * (1.0 - one.fraction)) AS due,
       reduce(total = 0.0, one IN candidates | total + one.weight) AS total
  RETURN own.days AS days_later, CASE WHEN due < 0.9 THEN due ELSE 0.9 END * own.weight / total AS credit
}
RETURN reduce(text = '', i IN range(1, depth) | text + '  ') + child.id AS tree, depth, parent.id AS parent_id,
       child.id AS customer_id, CASE WHEN child.opted_out THEN null ELSE child.name END AS name, b.at AS bought_at,
       days_later, credit, reached
ORDER BY reached DESC, began.at, starter.id, [node IN chain | node.id], customer_id
LIMIT $limit
