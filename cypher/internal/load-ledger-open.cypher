// /// internal
// title = "Begin to load a file"
// [params]
// key   = { type = "str", help = "Key of the file" }
// entry = { type = "map", help = "What is known of the file" }
// ///
MERGE (f:_InfluenceFile {key: $key})
SET f += $entry, f.loaded_from = $source, f.run_id = $run_id, f.status = 'loading', f.started_at = datetime(), f.finished_at = null
