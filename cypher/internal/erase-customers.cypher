// /// internal
// title   = "Ids of all customers"
// summary = "The ids of a chunk of customers, to find those among them who were erased"
// ///
MATCH (c:Customer)
WHERE c.id > $after
WITH c.id AS id
ORDER BY id
LIMIT $chunk
RETURN collect(id) AS ids, max(id) AS last
