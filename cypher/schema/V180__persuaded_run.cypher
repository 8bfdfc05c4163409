// /// schema
// format = 1
// title  = "Persuaded pairs by run"
// ///
CREATE INDEX persuaded_run IF NOT EXISTS
FOR ()-[p:PERSUADED]-() ON (p.run)
