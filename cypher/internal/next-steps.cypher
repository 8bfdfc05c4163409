// /// internal
// format  = 1
// title   = "Next steps"
// summary = "Every step that the run suggests to somebody: the choices of `step`"
// [columns]
// step = { type = "str", title = "Step" }
// ///
MATCH (s:Score {run: $run})
WHERE s.next_step IS NOT NULL
RETURN DISTINCT s.next_step AS step
ORDER BY step
