// /// internal
// title   = "Erase relationships"
// summary = "Deletes a batch of the relationships of a customer, of any kind, and returns how many"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (:Customer {id: $id})-[r]-()
WITH DISTINCT r
LIMIT $batch_size
DELETE r
RETURN count(*) AS deleted
