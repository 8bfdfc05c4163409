// /// internal
// format  = 1
// title   = "Customers of an audience"
// summary = "Who of some customers still exists, who opted out or closed the account by now, and where they are"
// ///
// Asked again at the moment of the export: the segment may be an own file that forgets about opting out, and accounts are closed after the run.
UNWIND $rows AS row
MATCH (c:Customer {id: row})
RETURN c.id AS customer, coalesce(c.opted_out, false) AS opted_out,
       coalesce(c.closed_at <= $now, false) AS closed, coalesce(c.country, '') AS country,
       coalesce(c.region, '') AS region
