// /// internal
// title   = "Erase answers and profiles"
// summary = "Deletes a batch of what belongs to one customer only, and returns how many"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (:Customer {id: $id})-[:ANSWERED|HAS_PROFILE]->(n:Response|Profile)
WITH DISTINCT n
LIMIT $batch_size
DETACH DELETE n
RETURN count(*) AS deleted
