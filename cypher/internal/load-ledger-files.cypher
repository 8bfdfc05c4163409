// /// internal
// title   = "Files in the ledger"
// summary = "Every file; a half loaded one is superseded when a later file of the same name, dataset and system is whole"
// ///
MATCH (f:_InfluenceFile)
OPTIONAL MATCH (b:_InfluenceBatch {file: f.key})
WITH f, count(b) AS batches, sum(b.rows) AS batch_rows
WITH f, batches, batch_rows,
     COLLECT {
       MATCH (later:_InfluenceFile {dataset: f.dataset, loaded_from: f.loaded_from, status: 'done'})
       WHERE f.status = 'loading' AND later.started_at > f.started_at
       RETURN later.name
       ORDER BY later.started_at DESC, later.name
     } AS later
RETURN f.dataset AS dataset, f.loaded_from AS source, f.name AS file,
       CASE WHEN f.name IN later THEN 'superseded' ELSE f.status END AS status, later[0] AS followed_by, batches AS batches_done,
       f.batches AS batches, f.read AS read, coalesce(f.loaded, batch_rows) AS loaded, f.duplicate AS duplicate,
       f.rejected AS rejected, f.as_of AS as_of, f.started_at AS started_at, f.finished_at AS finished_at,
       f.run_id AS run_id, f.sha256 AS sha256
ORDER BY dataset, source, started_at, file
