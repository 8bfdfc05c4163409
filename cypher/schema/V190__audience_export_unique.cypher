// /// schema
// format = 1
// title  = "An audience that was handed out is known by its id"
// ///
CREATE CONSTRAINT audience_export_id_unique IF NOT EXISTS
FOR (e:AudienceExport) REQUIRE e.id IS UNIQUE
