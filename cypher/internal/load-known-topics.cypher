// /// internal
// title = "Which topics exist"
// ///
UNWIND $rows AS row
MATCH (t:Topic {id: row})
RETURN collect(t.id) AS known
