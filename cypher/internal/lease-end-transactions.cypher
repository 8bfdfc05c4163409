// /// internal
// format  = 1
// title   = "End the transactions of a dead run"
// summary = "Terminates what a run that lost its lock still has open, found by its tag or by its id in a parameter"
// [params]
// dead = { type = "str", help = "Id of the run that lost the lock" }
// ///
// The GDS client does not tag its transactions, but the name of the projection, which holds the run id, is one of
// their parameters. This transaction has the id as a parameter too: its tag tells it apart.
SHOW TRANSACTIONS YIELD transactionId, metaData, parameters
WHERE metaData.run_id = $dead
   OR (metaData.run_id IS NULL AND any(key IN keys(parameters) WHERE toStringOrNull(parameters[key]) CONTAINS $dead))
TERMINATE TRANSACTIONS transactionId
YIELD transactionId AS ended, message
RETURN ended, message
