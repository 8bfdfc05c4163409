// /// schema
// title = "A group of the customer community is known by its id"
// ///
CREATE CONSTRAINT group_id_unique IF NOT EXISTS
FOR (g:Group) REQUIRE g.id IS UNIQUE
