// /// schema
// title = "A campaign is known by its id"
// ///
CREATE CONSTRAINT campaign_id_unique IF NOT EXISTS
FOR (c:Campaign) REQUIRE c.id IS UNIQUE
