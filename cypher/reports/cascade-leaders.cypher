// /// report
// format   = 1
// title    = "Where cascades begin"
// question = "Who persuades people who persuade others?"
// summary  = "Customers by cascade rank or by their longest chain of credited purchases of one product: an estimate under stated assumptions"
// category = "persuasion"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["persuasion_status", "cascade_rank", "longest_chain", "certified_persuader"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// chart    = { mark = "bar", x = "customer_id", y = "cascade_rank" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// by      = { type = "str", default = "rank", choices = ["rank", "chain"], help = "rank: credit passed on through others; chain: the longest chain of purchases" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// name          = { type = "str", title = "Name" }
// cascade_rank  = { type = "float", title = "Cascade rank", format = ".3f", help = "PageRank over who persuaded whom, weighted by the share of purchases credited; 0.150 = persuades nobody" }
// longest_chain = { type = "int", title = "Longest chain", format = ",d", help = "Purchases of one product, each credited to the one before by 5 % or more" }
// persuaded     = { type = "int", title = "Friends persuaded", format = ",d", help = "Friends whose purchases are credited in part" }
// credit        = { type = "float", title = "Purchases credited", format = ",.1f" }
// certified     = { type = "bool", title = "Certified", help = "Empty: too little evidence to judge" }
// country       = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.longest_chain > 0 AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
WITH c, s, CASE $by WHEN 'chain' THEN toFloat(s.longest_chain) ELSE s.cascade_rank END AS first
ORDER BY first DESC, s.cascade_rank DESC, c.id
LIMIT $limit
CALL (c) {
  MATCH (c)-[k:PERSUADED {run: $run}]->(:Customer)
  RETURN count(k) AS persuaded, sum(k.credit) AS credit
}
RETURN c.id AS customer_id, c.name AS name, s.cascade_rank AS cascade_rank, s.longest_chain AS longest_chain,
       persuaded, toFloat(credit) AS credit,
       CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified, c.country AS country
ORDER BY first DESC, cascade_rank DESC, customer_id
LIMIT $limit
