// /// internal
// title   = "Old friendships and follows"
// summary = "Deletes a batch of friendships and follows that ended before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH ()-[f:FRIEND|FOLLOWS]->()
WHERE f.until < $before
WITH f
LIMIT $batch_size
DELETE f
RETURN count(*) AS deleted
