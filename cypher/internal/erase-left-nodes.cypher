// /// internal
// title   = "Where an id still stands, nodes"
// summary = "Reads every property of every node: where the id of an erased customer still stands"
// timeout = "3600s"
// [params]
// ids = { type = "list[str]", help = "Ids" }
// ///
MATCH (n)
UNWIND keys(n) AS property
WITH n, property, n[property] AS value
WITH n, property, CASE WHEN valueType(value) STARTS WITH 'LIST<STRING' THEN value ELSE [value] END AS held
WHERE any(id IN $ids WHERE id IN held)
RETURN labels(n)[0] AS holder, property, count(*) AS places
ORDER BY holder, property
