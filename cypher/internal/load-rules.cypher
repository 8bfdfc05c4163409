// /// internal
// title = "Names of all constraints and indexes"
// ///
SHOW INDEXES YIELD name, type
WHERE type <> 'LOOKUP'
RETURN collect(name) AS names
