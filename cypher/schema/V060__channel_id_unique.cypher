// /// schema
// title = "A support channel is known by its id"
// ///
CREATE CONSTRAINT channel_id_unique IF NOT EXISTS
FOR (c:Channel) REQUIRE c.id IS UNIQUE
