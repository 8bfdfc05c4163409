// /// internal
// title = "Is the database as good as new"
// ///
// Only what this program keeps for itself may be there: the lock, the history of the schema, and who was erased.
OPTIONAL MATCH (n)
WHERE NOT (n:_InfluenceLock OR n:_InfluenceMigration OR n:_InfluenceErased)
WITH n
LIMIT 1
RETURN n IS NULL AS empty
