// /// schema
// title = "Rows without an id of their own are known by a key made of what identifies them"
// ///
CREATE CONSTRAINT interested_in_key_unique IF NOT EXISTS
FOR ()-[i:INTERESTED_IN]-() REQUIRE i.key IS UNIQUE;
CREATE CONSTRAINT advocated_key_unique IF NOT EXISTS
FOR ()-[a:ADVOCATED]-() REQUIRE a.key IS UNIQUE;
CREATE CONSTRAINT contacted_key_unique IF NOT EXISTS
FOR ()-[c:CONTACTED]-() REQUIRE c.key IS UNIQUE;
CREATE CONSTRAINT exposed_to_key_unique IF NOT EXISTS
FOR ()-[x:EXPOSED_TO]-() REQUIRE x.key IS UNIQUE;
