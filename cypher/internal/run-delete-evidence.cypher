// /// internal
// format  = 1
// title   = "Delete evidence of a run"
// summary = "Deletes a batch of the evidence of a run and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (:Score {run: $id})-[e:FOLLOWED_IN]->(:Product)
WITH e
LIMIT $batch_size
DELETE e
RETURN count(*) AS deleted
