// /// internal
// title = "Which campaigns exist"
// ///
UNWIND $rows AS row
MATCH (m:Campaign {id: row})
RETURN collect(m.id) AS known
