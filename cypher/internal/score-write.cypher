// /// internal
// format  = 1
// title   = "Write scores"
// summary = "Creates the scores of a batch of customers and their topic scores under a run that is not published"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer})
CREATE (c)-[:SCORED]->(s:Score {run: $run_id, customer: row.customer})
SET s += row.measures
WITH s, row
UNWIND row.topics AS t
MATCH (topic:Topic {id: t.topic})
CREATE (s)-[:IN_TOPIC]->(ts:TopicScore {run: $run_id, customer: row.customer, topic: t.topic})-[:OF]->(topic)
SET ts += t.measures
