// /// internal
// title   = "Old campaign exposures"
// summary = "Deletes a batch of campaign exposures that ended before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH ()-[x:EXPOSED_TO]->()
WHERE coalesce(x.until, x.at) < $before
WITH x
LIMIT $batch_size
DELETE x
RETURN count(*) AS deleted
