// /// internal
// title   = "Erase scores"
// summary = "Deletes the scores of a customer, of every run, with their evidence, notes it on the runs, and returns how many"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (:Customer {id: $id})-[:SCORED]->(s:Score)
WITH s, s.run AS run
LIMIT $batch_size
DETACH DELETE s
WITH run, count(*) AS gone
OPTIONAL MATCH (r:Run {id: run})
SET r.erased = coalesce(r.erased, 0) + gone
RETURN coalesce(sum(gone), 0) AS deleted
