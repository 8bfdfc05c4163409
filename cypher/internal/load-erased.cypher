// /// internal
// title   = "Erased customers"
// summary = "The keyed hashes of the ids of erased customers"
// ///
MATCH (e:_InfluenceErased)
RETURN e.key AS key
ORDER BY key
