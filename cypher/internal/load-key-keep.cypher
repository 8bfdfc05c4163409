// /// internal
// title = "Keep by which the key of the pseudonyms is recognised"
// [params]
// key_check = { type = "str", help = "Pseudonym of a fixed text under the key" }
// ///
// The first one stays. Version 0 means that nothing was loaded yet.
MERGE (s:_InfluenceState {id: 'data'})
ON CREATE SET s.epoch = randomUUID(), s.version = 0
SET s.key_check = coalesce(s.key_check, $key_check)
RETURN s.key_check AS key_check
