// /// internal
// format  = 1
// title   = "End the transactions of a dead run"
// summary = "Terminates what a run that lost its lock still has open, found by its tag or by the name of its projection"
// [params]
// dead = { type = "str", help = "Id of the run that lost the lock" }
// ///
// The GDS client does not tag its transactions, but the name of the projection, which ends in the run id, is one of
// their parameters. A run that died after it was published is being read: readers have its id as a parameter, too, but
// they are tagged, and it is no name of a projection.
SHOW TRANSACTIONS YIELD transactionId, metaData, parameters
WHERE metaData.run_id = $dead
   OR (metaData.app IS NULL AND any(key IN keys(parameters) WHERE
         toStringOrNull(parameters[key]) STARTS WITH 'influence-' AND toStringOrNull(parameters[key]) ENDS WITH $dead))
TERMINATE TRANSACTIONS transactionId
YIELD transactionId AS ended, message
RETURN ended, message
