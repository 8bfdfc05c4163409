// /// internal
// title   = "Old advocacy"
// summary = "Deletes a batch of advocacy from before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH ()-[a:ADVOCATED]->()
WHERE a.at < $before
WITH a
LIMIT $batch_size
DELETE a
RETURN count(*) AS deleted
