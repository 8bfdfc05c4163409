// /// internal
// format  = 1
// title   = "Write who persuaded whom"
// summary = "Creates the persuaded pairs of a run"
// ///
UNWIND $rows AS row
MATCH (a:Customer {id: row.source})
MATCH (b:Customer {id: row.target})
CREATE (a)-[p:PERSUADED {run: $run_id}]->(b)
SET p += row.measures
