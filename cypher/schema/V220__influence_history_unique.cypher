// /// schema
// format = 1
// title  = "A constraint for the history of loads"
// ///
CREATE CONSTRAINT influence_history_id_unique IF NOT EXISTS
FOR (h:_InfluenceHistory) REQUIRE h.id IS UNIQUE
