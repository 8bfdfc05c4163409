// /// internal
// format  = 1
// title   = "Write communities"
// summary = "Creates the communities of a run"
// ///
UNWIND $rows AS row
CREATE (c:Community {run: $run_id, id: row.id})
SET c += row.measures
