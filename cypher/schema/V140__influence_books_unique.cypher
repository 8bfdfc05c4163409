// /// schema
// title = "Book-keeping: state, lock, loaded files and their batches"
// ///
CREATE CONSTRAINT influence_state_id_unique IF NOT EXISTS
FOR (s:_InfluenceState) REQUIRE s.id IS UNIQUE;
CREATE CONSTRAINT influence_lock_name_unique IF NOT EXISTS
FOR (l:_InfluenceLock) REQUIRE l.name IS UNIQUE;
CREATE CONSTRAINT influence_file_key_unique IF NOT EXISTS
FOR (f:_InfluenceFile) REQUIRE f.key IS UNIQUE;
CREATE CONSTRAINT influence_batch_key_unique IF NOT EXISTS
FOR (b:_InfluenceBatch) REQUIRE b.key IS UNIQUE;
