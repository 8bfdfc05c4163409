// /// internal
// title   = "Old purchases"
// summary = "Deletes a batch of purchases from before an instant, and returns how many"
// [params]
// before = { type = "datetime", help = "What is dated before goes" }
// ///
MATCH (c:Customer)-[b:BOUGHT]->()
WHERE b.at < $before
WITH b, c.id AS owner
LIMIT $batch_size
DELETE b
RETURN count(*) AS deleted, collect(DISTINCT owner) AS owners
