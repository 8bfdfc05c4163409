// /// internal
// title   = "Erase topic scores"
// summary = "Deletes a batch of the topic scores of a customer, of every run, and returns how many"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (:Customer {id: $id})-[:SCORED]->(:Score)-[:IN_TOPIC]->(t:TopicScore)
WITH DISTINCT t
LIMIT $batch_size
DETACH DELETE t
RETURN count(*) AS deleted
