// /// load
// title = "Memberships of groups"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (g:Group {id: row.group_id})
MERGE (c)-[m:MEMBER_OF]->(g)
SET m += row.properties,
    m.run_id = $run_id, m.loaded_from = $source
RETURN count(*) AS rows
