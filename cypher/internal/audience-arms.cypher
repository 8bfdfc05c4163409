// /// internal
// format  = 1
// title   = "Arms of earlier exports"
// summary = "In which arm some customers were when the same audience was last exported, wherever to"
// [params]
// segment = { type = "str", help = "Name of the segment" }
// params  = { type = "str", help = "Its parameters as JSON" }
// seed    = { type = "int", help = "Seed of the control group" }
// holdout = { type = "float", help = "Share that is held out" }
// ///
UNWIND $rows AS row
MATCH (c:Customer {id: row})<-[i:INCLUDED]-(e:AudienceExport)
WHERE e.segment = $segment AND e.params = $params AND e.seed = $seed AND e.holdout = $holdout AND e.status = 'written'
WITH c, i, e
ORDER BY e.created_at DESC
RETURN c.id AS customer, collect(i.arm)[0] AS arm
