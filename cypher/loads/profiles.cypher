// /// load
// title = "Profiles on other networks"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MERGE (p:Profile {id: row.profile_id})
SET p += row.properties,
    p.run_id = $run_id, p.loaded_from = $source
MERGE (c)-[h:HAS_PROFILE]->(p)
SET h.run_id = $run_id, h.loaded_from = $source
RETURN count(*) AS rows
