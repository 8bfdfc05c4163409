// /// load
// title = "Referrals"
// ///
UNWIND $rows AS row
MATCH (a:Customer {id: row.referrer_id})
MATCH (b:Customer {id: row.referred_id})
MERGE (a)-[r:REFERRED]->(b)
SET r += row.properties,
    r.run_id = $run_id, r.loaded_from = $source
RETURN count(*) AS rows
