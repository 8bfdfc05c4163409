// /// internal
// format  = 1
// title   = "Survey waves"
// summary = "Every survey wave in the data: the choices of `wave`"
// [columns]
// wave = { type = "str", title = "Wave" }
// ///
MATCH (r:Response)
WHERE r.wave IS NOT NULL
RETURN DISTINCT r.wave AS wave
ORDER BY wave
