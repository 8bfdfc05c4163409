// /// check
// title    = "Ties stored twice"
// summary  = "Two customers have at most one friendship at a time, and one follows the other at most once at a time"
// severity = "error"
// category = "consistency"
// key      = ["customer_id", "other_id", "kind"]
// timeout  = "300s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// other_id    = { type = "str", title = "Other customer" }
// kind        = { type = "str", title = "Tie" }
// found       = { type = "int", title = "Found" }
// ///
// Customer by customer, so that memory does not grow with the number of ties. A friendship counts from either end and
// is shown at its smaller id. A tie that ended and came back is two periods, of which one is open.
MATCH (c:Customer)
CALL (c) {
  MATCH (c)-[r:FRIEND]-(other:Customer)
  WHERE c.id < other.id AND r.until IS NULL
  WITH other, count(r) AS found
  WHERE found > 1
  RETURN other.id AS other_id, 'FRIEND' AS kind, found
  UNION ALL
  MATCH (c)-[r:FOLLOWS]->(other:Customer)
  WHERE r.until IS NULL
  WITH other, count(r) AS found
  WHERE found > 1
  RETURN other.id AS other_id, 'FOLLOWS' AS kind, found
}
RETURN c.id AS customer_id, other_id, kind, found
ORDER BY found DESC, customer_id, other_id, kind
LIMIT $limit
