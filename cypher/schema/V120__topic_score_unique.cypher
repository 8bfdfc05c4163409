// /// schema
// title = "One topic score per run, customer and topic; read by run"
// ///
CREATE CONSTRAINT topic_score_run_customer_topic_unique IF NOT EXISTS
FOR (s:TopicScore) REQUIRE (s.run, s.customer, s.topic) IS UNIQUE;
CREATE INDEX topic_score_run IF NOT EXISTS
FOR (s:TopicScore) ON (s.run);
