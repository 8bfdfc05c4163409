// /// schema
// title = "An answer to a survey is known by its id"
// ///
CREATE CONSTRAINT response_id_unique IF NOT EXISTS
FOR (r:Response) REQUIRE r.id IS UNIQUE
