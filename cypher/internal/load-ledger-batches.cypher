// /// internal
// title = "Batches of a file that are in the graph"
// [params]
// key = { type = "str", help = "Key of the file" }
// ///
MATCH (b:_InfluenceBatch {file: $key})
RETURN b.batch_no AS batch_no, b.digest AS digest
ORDER BY batch_no
