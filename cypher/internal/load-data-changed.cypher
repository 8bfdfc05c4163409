// /// internal
// title = "Count a change of the loaded data"
// ///
// In the transaction of every change: whoever caches what it read compares this number. The epoch tells two databases
// apart that both begin to count at one.
MERGE (s:_InfluenceState {id: 'data'})
ON CREATE SET s.epoch = randomUUID(), s.version = 0
SET s.version = s.version + 1
RETURN s.version AS version
