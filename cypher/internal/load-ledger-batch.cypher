// /// internal
// title = "Enter a batch into the ledger"
// [params]
// batch = { type = "str", help = "Key of the batch" }
// key   = { type = "str", help = "Key of the file" }
// entry = { type = "map", help = "Number, lines, rows and digest of the batch" }
// ///
// First statement of the transaction that writes the batch, so that both are there or neither is. A batch that is in
// the ledger with the same content is done: its rows need not be written again.
MERGE (b:_InfluenceBatch {key: $batch})
WITH b, coalesce(b.digest = $entry.digest, false) AS committed
SET b += $entry, b.file = $key, b.loaded_from = $source, b.run_id = $run_id, b.committed_at = coalesce(b.committed_at, datetime())
WITH committed
MATCH (f:_InfluenceFile {key: $key})
MATCH (s:_InfluenceState {id: 'data'})
SET f.first_version = coalesce(f.first_version, s.version), f.last_version = s.version
RETURN committed
