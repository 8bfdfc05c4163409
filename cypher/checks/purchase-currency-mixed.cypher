// /// check
// title    = "Purchases in several currencies"
// summary  = "All money is in one currency; amounts of several cannot be added and every value measure would be wrong"
// severity = "error"
// category = "money"
// key      = ["currency"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// currency = { type = "str", title = "Currency" }
// found    = { type = "int", title = "Purchases" }
// ///
MATCH (:Customer)-[b:BOUGHT]->(:Product)
WHERE b.revenue IS NOT NULL OR b.margin IS NOT NULL
WITH coalesce(b.currency, '') AS currency, count(*) AS found
WITH collect({currency: currency, found: found}) AS currencies
UNWIND CASE WHEN size(currencies) > 1 THEN currencies ELSE [] END AS one
RETURN one.currency AS currency, one.found AS found
ORDER BY found DESC, currency
LIMIT $limit
