// /// internal
// title = "Which customers exist"
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row})
RETURN collect(c.id) AS known
