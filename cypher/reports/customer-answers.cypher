// /// report
// format   = 1
// title    = "Answers of a customer"
// question = "What has this customer said in our surveys?"
// summary  = "One customer's survey answers until the day of the data, the latest first; an answer holds for the day it was given"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["response_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many answers to list" }
// [columns]
// at          = { type = "datetime", title = "When", format = "%Y-%m-%d" }
// kind        = { type = "str", title = "Question", help = "Would recommend us, 0-10 (NPS); it was easy, 1-7 (CES); friends ask me, 0-10 (self-declared influence)" }
// score       = { type = "float", title = "Answer", format = ",.0f" }
// meaning     = { type = "str", title = "Meaning" }
// channel     = { type = "str", title = "Asked by" }
// wave        = { type = "str", title = "Wave" }
// question    = { type = "str", title = "Wording" }
// response_id = { type = "str", title = "Answer number" }
// ///
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[:ANSWERED]->(r:Response)
WHERE r.at <= run.as_of
RETURN r.at AS at,
       CASE r.kind WHEN 'nps' THEN 'would recommend us' WHEN 'ces' THEN 'it was easy' WHEN 'influence' THEN 'friends ask me'
         ELSE r.kind END AS kind, toFloat(r.score) AS score,
       CASE
         WHEN r.kind = 'nps' AND r.score >= 9 THEN 'promoter'
         WHEN r.kind = 'nps' AND r.score >= 7 THEN 'passive'
         WHEN r.kind = 'nps' THEN 'detractor'
         WHEN r.kind = 'ces' AND r.score >= 5 THEN 'easy'
         WHEN r.kind = 'ces' THEN 'not easy'
       END AS meaning, r.channel AS channel, r.wave AS wave, r.question AS question, r.id AS response_id
ORDER BY at DESC, response_id
LIMIT $limit
