// /// internal
// title = "Which groups exist"
// ///
UNWIND $rows AS row
MATCH (g:Group {id: row})
RETURN collect(g.id) AS known
