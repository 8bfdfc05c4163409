// /// schema
// title = "A purchase is known by its order line"
// ///
CREATE CONSTRAINT bought_line_id_unique IF NOT EXISTS
FOR ()-[b:BOUGHT]-() REQUIRE b.line_id IS UNIQUE
