// /// internal
// format  = 1
// title   = "Ranked pairs of customer and topic"
// summary = "In how many pairs of customer and topic a run judged who persuades: the population of persuaders by topic"
// [columns]
// pairs = { type = "int", title = "Pairs", format = ",d" }
// ///
MATCH (run:Run {id: $run})
RETURN run.persuasion_topic_family AS pairs
