// /// internal
// title = "Finish loading a file"
// [params]
// key   = { type = "str", help = "Key of the file" }
// entry = { type = "map", help = "Counts of the file" }
// ///
MATCH (f:_InfluenceFile {key: $key})
SET f += $entry, f.run_id = $run_id, f.status = 'done', f.finished_at = datetime()
