// /// internal
// title = "Take over who was erased"
// ///
UNWIND $rows AS row
MERGE (e:_InfluenceErased {key: row.key})
ON CREATE SET e.erased_at = row.erased_at
