// /// schema
// title = "A product is known by its id"
// ///
CREATE CONSTRAINT product_id_unique IF NOT EXISTS
FOR (p:Product) REQUIRE p.id IS UNIQUE
