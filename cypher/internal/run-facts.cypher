// /// internal
// title   = "Facts of a run"
// summary = "Id, dates and measures of one published or rolled-back run, or of the current one"
// [params]
// id = { type = "str", help = "Id of the run, empty for the current one" }
// ///
OPTIONAL MATCH (state:_InfluenceState {id: 'current'})
WITH CASE $id WHEN '' THEN state.run ELSE $id END AS wanted
MATCH (r:Run {id: wanted})
WHERE r.published_at IS NOT NULL
RETURN r.id AS id, r.published_at AS published_at, r.as_of AS as_of, coalesce(r.measures, []) AS measures
