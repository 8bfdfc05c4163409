// /// schema
// title = "The batches of a loaded file are found by it"
// ///
CREATE INDEX influence_batch_file IF NOT EXISTS
FOR (b:_InfluenceBatch) ON (b.file)
