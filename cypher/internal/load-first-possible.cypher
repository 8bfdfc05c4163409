// /// internal
// title = "Is the database as good as new"
// ///
// Only what this program keeps for itself may be there: the lock and the history of the schema.
OPTIONAL MATCH (n)
WHERE NOT (n:_InfluenceLock OR n:_InfluenceMigration)
WITH n
LIMIT 1
RETURN n IS NULL AS empty
