// /// schema
// title = "One score per run and customer; scores are read by run"
// ///
CREATE CONSTRAINT score_run_customer_unique IF NOT EXISTS
FOR (s:Score) REQUIRE (s.run, s.customer) IS UNIQUE;
CREATE INDEX score_run IF NOT EXISTS
FOR (s:Score) ON (s.run);
