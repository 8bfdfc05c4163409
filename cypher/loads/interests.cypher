// /// load
// title = "Interests of customers"
// ///
// One per customer, topic and source: what somebody says and what somebody does are two facts.
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (t:Topic {id: row.topic_id})
MERGE (c)-[i:INTERESTED_IN {key: row.key}]->(t)
SET i += row.properties,
    i.run_id = $run_id, i.loaded_from = $source
RETURN count(*) AS rows
