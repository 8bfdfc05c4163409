// /// report
// format   = 1
// title    = "Search for customers"
// question = "Which customers have this id or name?"
// summary  = "Customers whose id starts with the text, then those with it in their name; nobody who opted out is listed"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["customer_id"]
// pii      = ["name"]
// timeout  = "10s"
// [params]
// find  = { type = "str", help = "Beginning of an id, or a name; for names at least three letters" }
// parts = { type = "bool", default = false, help = "Also find names of which the text is only a part of a word" }
// limit = { type = "int", default = 25, min = 1, max = 1000, help = "How many customers to list" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// name        = { type = "str", title = "Name" }
// country     = { type = "str", title = "Country" }
// segment     = { type = "str", title = "Segment" }
// joined_at   = { type = "datetime", title = "Joined", format = "%Y-%m-%d" }
// found_by    = { type = "str", title = "Found by" }
// ///
// Ids through the index of their constraint, names through the text index. The index knows capitals from small
// letters, so the text is looked for as it was typed and with a capital at the start of each word.
CALL () {
  MATCH (c:Customer)
  WHERE c.id STARTS WITH $find AND coalesce(c.opted_out, false) = false
  RETURN c, 'id' AS found_by
  ORDER BY c.id
  LIMIT $limit
  UNION
  WITH reduce(name = '', word IN split($find, ' ') | name + ' ' + toUpper(left(word, 1)) + substring(word, 1)) AS named
  UNWIND [$find, substring(named, 1)] AS wanted
  MATCH (c:Customer)
  WHERE size($find) >= 3 AND c.name CONTAINS wanted AND coalesce(c.opted_out, false) = false
    AND ($parts OR ' ' + c.name + ' ' CONTAINS ' ' + wanted + ' ')
  RETURN DISTINCT c, 'name' AS found_by
  ORDER BY c.id
  LIMIT $limit
}
WITH c, min(found_by) AS found_by
RETURN c.id AS customer_id, c.name AS name, c.country AS country, c.segment AS segment, c.joined_at AS joined_at,
       found_by
ORDER BY found_by, customer_id
LIMIT $limit
