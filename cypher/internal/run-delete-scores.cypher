// /// internal
// format  = 1
// title   = "Delete scores of a run"
// summary = "Deletes a batch of the scores of a run and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (s:Score {run: $id})
WITH s
LIMIT $batch_size
DETACH DELETE s
RETURN count(*) AS deleted
