// /// internal
// title   = "Erased customers"
// summary = "The keyed hashes of the ids of erased customers, and when they were erased"
// ///
MATCH (e:_InfluenceErased)
RETURN e.key AS key, e.erased_at AS erased_at
ORDER BY key
