// /// report
// format   = 1
// title    = "The cascade of a product"
// question = "From whom to whom did this product travel?"
// summary  = "Buyers of one product as a tree: below each buyer the friends whose purchase is credited most to them; an estimate under stated assumptions, nobody saw the word being passed on"
// category = "products"
// owner    = "marketing"
// revision = 3
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
// tree        = { type = "str", title = "Tree", help = "Each buyer is indented below the friend with the largest share of the sale, if it is 5 % or more" }
// depth       = { type = "int", title = "Depth", help = "0 = the one who began, or whose main persuader has closed the account" }
// parent_id   = { type = "str", title = "Follows" }
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// bought_at   = { type = "datetime", title = "Bought" }
// days_later  = { type = "float", title = "Days after", format = ".1f" }
// credit      = { type = "float", title = "Credit", format = ".0%", help = "Estimated share of this sale that is due to the friend above" }
// reached     = { type = "int", title = "Reached by the starter", format = ",d", help = "Buyers below the one who began" }
// ///
// What the run has kept of every pair: `products` with `credits` side by side, `leading` those of which the persuader
// has the largest share, of 5 % at least. Who has it is the parent, who bought earlier, so there is no circle.
// Nobody leads a sale that a referral owns, or whose largest share is of someone who has closed the account.
// Whoever opted out since the run keeps the place in the tree under a number: without it branches would hang in the air.
MATCH (p:Product {id: $product})<-[began:BOUGHT {first: true}]-(starter:Customer)
WHERE ($starter = '' OR starter.id = $starter)
  AND EXISTS { MATCH (starter)-[led:PERSUADED {run: $run}]->(:Customer) WHERE p.id IN led.leading }
  AND NOT EXISTS { MATCH (starter)<-[led:PERSUADED {run: $run}]-(:Customer) WHERE p.id IN led.leading }
CALL (p) {
  MATCH (p)<-[:BOUGHT {first: true}]-(one:Customer)
  WHERE one.opted_out
  RETURN collect(one.id) AS hidden
}
MATCH path = (starter) ((:Customer)-[led:PERSUADED {run: $run}]->(:Customer) WHERE p.id IN led.leading){0,50} (:Customer)
WITH p, hidden, starter, began, count(*) - 1 AS reached, collect({chain: nodes(path), last: relationships(path)[-1]}) AS found
UNWIND found AS one
WITH p, hidden, starter, began, reached, one.chain AS chain, one.last AS last
WITH p, starter, began, reached, chain, last, chain[-1] AS child, chain[-2] AS parent, size(chain) - 1 AS depth,
     [one IN chain | CASE
       WHEN one.opted_out THEN '(opted out ' + toString(size([id IN hidden WHERE id <= one.id])) + ')'
       ELSE one.id
     END] AS names
MATCH (child)-[b:BOUGHT {first: true}]->(p)
OPTIONAL MATCH (parent)-[before:BOUGHT {first: true}]->(p)
RETURN reduce(text = '', i IN range(1, depth) | text + '  ') + names[-1] AS tree, depth,
       CASE WHEN depth > 0 THEN names[-2] END AS parent_id, names[-1] AS customer_id,
       CASE WHEN child.opted_out THEN null ELSE child.name END AS name, b.at AS bought_at,
       duration.inSeconds(before.at, b.at).seconds / 86400.0 AS days_later,
       CASE WHEN depth > 0 THEN [i IN range(0, size(last.products) - 1) WHERE last.products[i] = p.id | last.credits[i]][0] END
         AS credit, reached
ORDER BY reached DESC, began.at, starter.id, [node IN chain | node.id], customer_id
LIMIT $limit
