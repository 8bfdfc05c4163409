// /// internal
// title   = "Old survey answers"
// summary = "Deletes a batch of survey answers from before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH (r:Response)
WHERE r.at < $before
WITH r
LIMIT $batch_size
DETACH DELETE r
RETURN count(*) AS deleted
