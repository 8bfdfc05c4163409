// /// internal
// title   = "Old support contacts"
// summary = "Deletes a batch of support contacts from before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH ()-[k:CONTACTED]->()
WHERE k.at < $before
WITH k
LIMIT $batch_size
DELETE k
RETURN count(*) AS deleted
