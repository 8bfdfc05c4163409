// /// internal
// title   = "Erase mentions by others"
// summary = "Takes a customer out of the support contacts that he solved for others, and returns how many there were"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH ()-[k:CONTACTED {solved_by: $id}]->()
WITH k
LIMIT $batch_size
SET k.solved_by = null
RETURN count(*) AS deleted
