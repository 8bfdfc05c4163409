// /// load
// title = "Survey responses"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MERGE (r:Response {id: row.response_id})
SET r += row.properties,
    r.run_id = $run_id, r.loaded_from = $source
MERGE (c)-[a:ANSWERED]->(r)
SET a.run_id = $run_id, a.loaded_from = $source
WITH c, r
OPTIONAL MATCH (other:Customer)-[old:ANSWERED]->(r)
WHERE other <> c
DELETE old
RETURN count(DISTINCT r) AS rows
