// /// schema
// title = "A topic is known by its id"
// ///
CREATE CONSTRAINT topic_id_unique IF NOT EXISTS
FOR (t:Topic) REQUIRE t.id IS UNIQUE
