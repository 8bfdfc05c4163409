// /// report
// format   = 1
// title    = "The cascade of a product"
// question = "From whom to whom did this product travel?"
// summary  = "Buyers of one product as a tree: below each buyer the friends whose purchase is credited most to them; an estimate under stated assumptions, nobody saw the word being passed on"
// category = "products"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status"]
// key      = ["customer_id"]
// pii      = ["name"]
// timeout  = "120s"
// chart    = { mark = "tree", x = "bought_at", y = "customer_id", parent = "parent_id", title = "Who bought after whom" }
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
// Whoever opted out since the run keeps the place in the tree under a number: without it branches would hang in the air.
MATCH (run:Run {id: $run})
MATCH (p:Product {id: $product})
CALL (run, p) {
  MATCH (p)<-[b:BOUGHT {first: true}]-(u:Customer)
  WHERE b.at <= run.as_of
  CALL (run, p, u, b) {
    MATCH (v:Customer)-[link:PERSUADED {run: $run}]->(u)
    CALL (v, p) {
      MATCH (v)-[a:BOUGHT {first: true}]->(p)
      RETURN a.at AS before
    }
    WITH run, u, b, v, link, before
    WHERE before < b.at AND before >= b.at - duration({days: coalesce(run.window_days, 28)})
      AND EXISTS {
        MATCH (v)-[tie:FRIEND|FOLLOWS]-(u)
        WHERE (type(tie) = 'FRIEND' OR endNode(tie) = v)
          AND (tie.since IS NULL OR tie.since <= before) AND (tie.until IS NULL OR tie.until > before)
      }
    MATCH (v)-[:SCORED]->(s:Score {run: $run})
    WITH v, link, duration.inSeconds(before, b.at).seconds / 86400.0 AS days,
         1.0 - (s.persuasion_expected + 2) / (s.persuasion_observed + 2) AS fraction
    WITH v, link, days, fraction, fraction * exp(-days / 14) AS weight
    WHERE fraction > 0
    ORDER BY weight DESC, v.id
    WITH collect({link: link, days: days, fraction: fraction, weight: weight}) AS friends
    WHERE size(friends) > 0
    WITH friends[0] AS nearest, reduce(total = 0.0, one IN friends | total + one.weight) AS total,
         1.0 - reduce(none = 1.0, one IN friends | none * (1.0 - one.fraction)) AS due
    RETURN nearest, CASE WHEN due < 0.9 THEN due ELSE 0.9 END * nearest.weight / total AS credit
  }
  RETURN collect({child: u, link: nearest.link, days: nearest.days, credit: credit}) AS steps
}
WITH run, p, steps, [step IN steps | step.link] AS links, [step IN steps | step.child] AS children
CALL (links, children) {
  UNWIND links AS link
  WITH DISTINCT startNode(link) AS starter
  WHERE NOT starter IN children
  RETURN starter
}
CALL (links) {
  UNWIND links AS link
  UNWIND [startNode(link), endNode(link)] AS one
  WITH DISTINCT one
  WHERE one.opted_out
  RETURN collect(one.id) AS hidden
}
WITH p, steps, links, hidden, starter
WHERE $starter = '' OR starter.id = $starter
MATCH (starter)-[began:BOUGHT {first: true}]->(p)
MATCH path = (starter) ((:Customer)-[link:PERSUADED {run: $run}]->(:Customer) WHERE link IN links){0,50} (child:Customer)
WITH p, steps, hidden, starter, began, count(*) - 1 AS reached, collect([one IN nodes(path) | one]) AS chains
UNWIND chains AS chain
WITH p, starter, began, reached, chain, chain[-1] AS child, size(chain) - 1 AS depth,
     [one IN chain | CASE
       WHEN one.opted_out THEN '(opted out ' + toString(size([id IN hidden WHERE id <= one.id])) + ')'
       ELSE one.id
     END] AS names, steps
WITH p, starter, began, reached, chain, child, depth, names, [step IN steps WHERE step.child = child][0] AS step
MATCH (child)-[b:BOUGHT {first: true}]->(p)
RETURN reduce(text = '', i IN range(1, depth) | text + '  ') + names[-1] AS tree, depth,
       CASE WHEN depth > 0 THEN names[-2] END AS parent_id, names[-1] AS customer_id,
       CASE WHEN child.opted_out THEN null ELSE child.name END AS name, b.at AS bought_at, step.days AS days_later,
       step.credit AS credit, reached
ORDER BY reached DESC, began.at, starter.id, [node IN chain | node.id], customer_id
LIMIT $limit
