// /// schema
// format = 1
// title  = "A constraint for the list of erased customers"
// ///
CREATE CONSTRAINT influence_erased_key_unique IF NOT EXISTS
FOR (e:_InfluenceErased) REQUIRE e.key IS UNIQUE
