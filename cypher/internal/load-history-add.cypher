// /// internal
// title = "Note what changed the data"
// [params]
// id     = { type = "str", help = "Id of the load or clean-up" }
// kind   = { type = "str", help = "load or retention" }
// at     = { type = "datetime", help = "When it began" }
// files  = { type = "list[str]", help = "Ledger keys of the files that it read" }
// record = { type = "str", help = "What is needed to do it again, as JSON" }
// ///
// Numbered by the version of the data, so that the order is that in which the changes were made.
MATCH (s:_InfluenceState {id: 'data'})
MERGE (h:_InfluenceHistory {id: $id})
SET h.kind = $kind, h.at = $at, h.number = s.version, h.files = $files, h.record = $record
