// /// internal
// format  = 1
// title   = "Delete pairs of a run"
// summary = "Deletes a batch of the persuaded pairs of a run and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (:Customer)-[p:PERSUADED {run: $id}]->(:Customer)
WITH p
LIMIT $batch_size
DELETE p
RETURN count(*) AS deleted
