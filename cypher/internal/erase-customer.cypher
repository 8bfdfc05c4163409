// /// internal
// title   = "Erase a customer"
// summary = "Deletes the customer itself, without relationships by now, and returns how many there were"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (c:Customer {id: $id})
WITH c
LIMIT $batch_size
DELETE c
RETURN count(*) AS deleted
