// /// metric
// format    = 1
// title     = "Past customer value"
// summary   = "Margin of all purchase lines, refunds and returns settled (metrics.md 5.3)"
// owner     = "data"
// measure   = "past_customer_value"
// unit      = "minor units"
// tolerance = 0.000001
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// [columns]
// customer_id         = { type = "str", title = "Customer" }
// past_customer_value = { type = "float", title = "Past customer value" }
// ///
// A refunded line earns nothing, but a negative margin of it was spent and stays. A line without margin makes the
// value of its customer unknown; a customer without lines has earned 0.
MATCH (v:Customer)
WHERE v.joined_at IS NULL OR v.joined_at <= $as_of
OPTIONAL MATCH (v)-[b:BOUGHT]->(:Product)
WHERE b.at <= $as_of
WITH v, b, CASE
  WHEN b IS NULL THEN 0.0
  WHEN coalesce(b.refunded, false) THEN CASE WHEN b.margin < 0 THEN toFloat(b.margin) ELSE 0.0 END
  ELSE toFloat(b.margin)
END AS earned
WITH v, sum(earned) AS past_customer_value, count(CASE WHEN earned IS NULL THEN 1 END) AS unknown
WHERE unknown = 0
RETURN v.id AS customer_id, past_customer_value
ORDER BY customer_id
