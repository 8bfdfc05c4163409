// /// report
// format   = 1
// title    = "Support load of a customer"
// question = "What does this customer cost our support, and what does the customer save it?"
// summary  = "One customer's contacts and their cost, and the questions of others this customer answered; unknown costs leave the sum empty"
// category = "customers"
// owner    = "service"
// revision = 1
// maturity = "stable"
// key      = ["customer_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// contacts        = { type = "int", title = "Contacts", format = ",d" }
// cost            = { type = "float", title = "Their cost", format = ",.2f", unit = "currency" }
// last_contact_at = { type = "datetime", title = "Last contact", format = "%Y-%m-%d" }
// open_contacts   = { type = "int", title = "Not solved yet", format = ",d", help = "Unknown when the data never say when a contact was solved" }
// peer_answers    = { type = "int", title = "Questions of others answered", format = ",d" }
// saved           = { type = "float", title = "Saved by answering", format = ",.2f", unit = "currency", help = "As recorded, else what a contact that staff solved costs on average" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer {id: $customer})
CALL (run) {
  MATCH (:Customer)-[k:CONTACTED]->(:Channel)
  WHERE k.at <= run.as_of
  RETURN avg(CASE WHEN k.solved_by IS NULL THEN k.cost END) AS usual, count(k.solved_at) > 0 AS solving_known
}
CALL (run, c) {
  MATCH (c)-[k:CONTACTED]->(:Channel)
  WHERE k.at <= run.as_of
  RETURN count(k) AS contacts, CASE WHEN count(k) = count(k.cost) THEN toFloat(sum(k.cost)) END AS cost,
         max(k.at) AS last_contact_at, count(CASE WHEN k.solved_at IS NULL OR k.solved_at > run.as_of THEN 1 END) AS open
}
CALL (run, c, usual) {
  MATCH (other:Customer)-[k:CONTACTED {solved_by: c.id}]->(:Channel)
  WHERE k.at <= run.as_of AND other <> c
  WITH count(k) AS answers,
       collect(coalesce(toFloat(k.saved), CASE
         WHEN usual IS NULL THEN null
         WHEN usual > coalesce(k.cost, 0) THEN usual - coalesce(k.cost, 0)
         ELSE 0.0
       END)) AS amounts
  RETURN answers, CASE WHEN answers = size(amounts) THEN reduce(sum = 0.0, one IN amounts | sum + one) END AS saved
}
WITH c, unit, contacts, cost, last_contact_at, CASE WHEN solving_known THEN open END AS open_contacts, answers, saved
WHERE contacts > 0 OR answers > 0
RETURN c.id AS customer_id, contacts, CASE WHEN contacts > 0 THEN cost / unit END AS cost, last_contact_at, open_contacts,
       answers AS peer_answers, CASE WHEN answers > 0 THEN saved / unit END AS saved
ORDER BY customer_id
LIMIT 1
