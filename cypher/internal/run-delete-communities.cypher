// /// internal
// format  = 1
// title   = "Delete communities of a run"
// summary = "Deletes a batch of the communities of a run and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (c:Community {run: $id})
WITH c
LIMIT $batch_size
DETACH DELETE c
RETURN count(*) AS deleted
