// /// internal
// title = "Which products exist"
// ///
UNWIND $rows AS row
MATCH (p:Product {id: row})
RETURN collect(p.id) AS known
