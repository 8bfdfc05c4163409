// /// internal
// title = "Forget the batches of a file"
// [params]
// key = { type = "str", help = "Key of the file" }
// ///
MATCH (b:_InfluenceBatch {file: $key})
DETACH DELETE b
