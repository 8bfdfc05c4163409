// /// internal
// format  = 1
// title   = "Scored customers"
// summary = "How many customers a run scored: the population of every list of customers"
// [columns]
// customers = { type = "int", title = "Customers", format = ",d" }
// ///
MATCH (s:Score {run: $run})
RETURN count(s) AS customers
