// /// internal
// format  = 1
// title   = "Delete reviewed referrals of a run"
// summary = "Deletes a batch of what a run says about referrals and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (:Score {run: $id})-[r:REVIEWED]->(:Customer)
WITH r
LIMIT $batch_size
DELETE r
RETURN count(*) AS deleted
