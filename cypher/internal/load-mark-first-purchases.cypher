// /// internal
// title = "Mark first purchases"
// ///
// The first purchase of a product by a customer is the earliest line that counts: not refunded, and not a return.
// Of several lines in one instant the smallest line_id is marked, so exactly one is. Only differences are written.
UNWIND $rows AS row
MATCH (c:Customer {id: row})
CALL (c) {
  MATCH (c)-[b:BOUGHT]->(p:Product)
  WITH p, b, NOT coalesce(b.refunded, false) AND coalesce(b.quantity, 1) > 0 AS countable
  ORDER BY countable DESC, b.at, b.line_id
  WITH p, collect(b) AS lines, collect(countable) AS countables
  UNWIND range(0, size(lines) - 1) AS position
  WITH lines[position] AS line, position = 0 AND countables[0] AS first
  WHERE coalesce(line.first, false) <> first
  SET line.first = CASE WHEN first THEN true END
  RETURN count(*) AS changed
}
RETURN sum(changed) AS changed
