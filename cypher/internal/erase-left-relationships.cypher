// /// internal
// title   = "Where an id still stands, relationships"
// summary = "Reads every property of every relationship: where the id of an erased customer still stands"
// timeout = "3600s"
// [params]
// ids = { type = "list[str]", help = "Ids" }
// ///
MATCH ()-[r]->()
UNWIND keys(r) AS property
WITH r, property, r[property] AS value
WITH r, property, CASE WHEN valueType(value) STARTS WITH 'LIST<STRING' THEN value ELSE [value] END AS held
WHERE any(id IN $ids WHERE id IN held)
RETURN type(r) AS holder, property, count(*) AS places
ORDER BY holder, property
