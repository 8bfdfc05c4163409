// /// internal
// title = "Schema history"
// ///
MATCH (m:_InfluenceMigration)
RETURN m.version AS version, m.description AS description, m.checksum AS checksum,
       m.applied_at AS applied_at, m.milliseconds AS milliseconds, m.applied_by AS applied_by
ORDER BY version
