// /// schema
// title = "A profile on another network is known by its id"
// ///
CREATE CONSTRAINT profile_id_unique IF NOT EXISTS
FOR (p:Profile) REQUIRE p.id IS UNIQUE
