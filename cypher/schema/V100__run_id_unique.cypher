// /// schema
// title = "A compute run is known by its id"
// ///
CREATE CONSTRAINT run_id_unique IF NOT EXISTS
FOR (r:Run) REQUIRE r.id IS UNIQUE
