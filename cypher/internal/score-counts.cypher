// /// internal
// format  = 1
// title   = "Counts of a run"
// summary = "Counts what a run has written"
// ///
RETURN COUNT { (s:Score) WHERE s.run = $run_id } AS scores,
       COUNT { (t:TopicScore) WHERE t.run = $run_id } AS topic_scores,
       COUNT { (c:Community) WHERE c.run = $run_id } AS communities
