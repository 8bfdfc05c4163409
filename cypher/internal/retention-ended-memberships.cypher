// /// internal
// title   = "Old memberships"
// summary = "Deletes a batch of memberships that ended before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH ()-[m:MEMBER_OF]->()
WHERE m.left_at < $before
WITH m
LIMIT $batch_size
DELETE m
RETURN count(*) AS deleted
