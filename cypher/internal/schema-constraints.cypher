// /// internal
// title = "Constraints of the database"
// ///
SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties
RETURN name, labelsOrTypes AS labels, properties
ORDER BY name
