// /// schema
// title = "One community per run and number; read by run"
// ///
CREATE CONSTRAINT community_run_id_unique IF NOT EXISTS
FOR (c:Community) REQUIRE (c.run, c.id) IS UNIQUE;
CREATE INDEX community_run IF NOT EXISTS
FOR (c:Community) ON (c.run);
