// /// internal
// title = "Record an applied schema file"
// [params]
// version      = { type = "str", help = "Version from the file name" }
// description  = { type = "str", help = "Description from the file name" }
// checksum     = { type = "str", help = "SHA-256 of the text below the header" }
// milliseconds = { type = "int", help = "How long it took" }
// applied_by   = { type = "str", help = "Version of influence that applied it" }
// ///
MERGE (m:_InfluenceMigration {version: $version})
ON CREATE SET m.description = $description,
              m.checksum = $checksum,
              m.milliseconds = $milliseconds,
              m.applied_by = $applied_by,
              m.applied_at = datetime()
