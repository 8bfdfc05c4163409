// /// internal
// format  = 1
// title   = "Write referrals"
// summary = "Creates what became of the referrals of a batch: one fact per referrer and referred person"
// ///
UNWIND $rows AS row
MATCH (s:Score {run: $run_id, customer: row.source})
MATCH (c:Customer {id: row.target})
CREATE (s)-[r:REVIEWED]->(c)
SET r += row.measures
