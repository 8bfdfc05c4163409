// /// internal
// title = "Remember that ties were swept"
// [params]
// friendships = { type = "int", help = "Friendships closed now" }
// follows     = { type = "int", help = "Follows closed now" }
// ///
// Loads look for ties that came back only when there is one.
MERGE (s:_InfluenceState {id: 'data'})
SET s.swept_friendships = coalesce(s.swept_friendships, 0) + $friendships,
    s.swept_follows = coalesce(s.swept_follows, 0) + $follows
