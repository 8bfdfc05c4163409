// /// internal
// format  = 1
// title   = "Delete topic scores of a run"
// summary = "Deletes a batch of the topic scores of a run and returns how many"
// [params]
// id = { type = "str", help = "Run" }
// ///
MATCH (ts:TopicScore {run: $id})
WITH ts
LIMIT $batch_size
DETACH DELETE ts
RETURN count(*) AS deleted
