// /// internal
// title   = "Carry erasures over"
// summary = "Notes who was erased in another database, with the time at which it was done, and returns how many are new"
// [params]
// erased = { type = "list[map]", help = "Keyed hash and time of each" }
// ///
UNWIND $erased AS one
OPTIONAL MATCH (known:_InfluenceErased {key: one.key})
WITH one, known
WHERE known IS NULL
CREATE (e:_InfluenceErased {key: one.key, erased_at: coalesce(one.erased_at, datetime())})
RETURN count(e) AS added
