// /// internal
// format  = 1
// title   = "Write evidence"
// summary = "Creates the evidence of a batch: which products friends bought after the customer, beside the expectation"
// ///
UNWIND $rows AS row
MATCH (s:Score {run: $run_id, customer: row.customer})
MATCH (p:Product {id: row.product})
CREATE (s)-[e:FOLLOWED_IN]->(p)
SET e += row.measures
