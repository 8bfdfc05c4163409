// /// internal
// format  = 1
// title   = "Survey channels"
// summary = "Every channel of surveys in the data: the choices of `channel`"
// [columns]
// channel = { type = "str", title = "Channel" }
// ///
MATCH (r:Response)
WHERE r.channel IS NOT NULL
RETURN DISTINCT r.channel AS channel
ORDER BY channel
