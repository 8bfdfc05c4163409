// /// internal
// title = "Is the database as good as new"
// ///
// Only what this program keeps for itself may be there: the lock, the history of the schema, who was erased, and by which
// key; a data state of version 0 stands for nothing that was loaded.
OPTIONAL MATCH (n)
WHERE NOT (n:_InfluenceLock OR n:_InfluenceMigration OR n:_InfluenceErased)
  AND NOT (n:_InfluenceState AND n.id = 'data' AND n.version = 0)
WITH n
LIMIT 1
RETURN n IS NULL AS empty
