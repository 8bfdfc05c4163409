// /// internal
// format  = 1
// title   = "The middle and the last customer"
// summary = "Says where a table is cut into halves that are read at the same time"
// [params]
// before = { type = "int", help = "Customers in the first half" }
// ///
CALL () {
  MATCH (c:Customer)
  WITH c.id AS middle
  ORDER BY middle
  SKIP $before
  LIMIT 1
  RETURN middle
}
CALL () {
  MATCH (c:Customer)
  WITH c.id AS last
  ORDER BY last DESC
  LIMIT 1
  RETURN last
}
RETURN middle, last
