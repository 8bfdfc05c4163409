// /// internal
// title   = "Note an erasure"
// summary = "Keeps a keyed hash of the id of an erased customer, so that no later load brings the customer back"
// [params]
// key = { type = "str", help = "Keyed hash of the id" }
// ///
MERGE (e:_InfluenceErased {key: $key})
ON CREATE SET e.erased_at = datetime()
RETURN e.erased_at AS erased_at
