// /// schema
// title = "A customer is known by its id"
// ///
CREATE CONSTRAINT customer_id_unique IF NOT EXISTS
FOR (c:Customer) REQUIRE c.id IS UNIQUE
