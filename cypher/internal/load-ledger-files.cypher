// /// internal
// title = "Files in the ledger"
// ///
MATCH (f:_InfluenceFile)
OPTIONAL MATCH (b:_InfluenceBatch {file: f.key})
WITH f, count(b) AS batches, sum(b.rows) AS batch_rows
RETURN f.dataset AS dataset, f.loaded_from AS source, f.name AS file, f.status AS status, batches AS batches_done,
       f.batches AS batches, f.read AS read, coalesce(f.loaded, batch_rows) AS loaded, f.duplicate AS duplicate,
       f.rejected AS rejected, f.as_of AS as_of, f.started_at AS started_at, f.finished_at AS finished_at,
       f.run_id AS run_id, f.sha256 AS sha256
ORDER BY dataset, source, started_at, file
