// /// internal
// title = "Version of the loaded data"
// ///
MATCH (s:_InfluenceState {id: 'data'})
RETURN s.epoch AS epoch, s.version AS version, s.swept_friendships AS swept_friendships, s.swept_follows AS swept_follows,
       s.key_check AS key_check
