// /// check
// title    = "Customers who share a contact"
// summary  = "An e-mail address or phone number belongs to one customer; shared ones are duplicates, households or self-referrals"
// severity = "warn"
// category = "consistency"
// key      = ["contact", "first_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// contact  = { type = "str", title = "Contact" }
// first_id = { type = "str", title = "First customer" }
// last_id  = { type = "str", title = "Last customer" }
// found    = { type = "int", title = "Customers" }
// ///
// The pseudonym itself is not shown.
CALL () {
  MATCH (c:Customer)
  WHERE c.email_key IS NOT NULL
  WITH c.email_key AS contact_key, min(c.id) AS first_id, max(c.id) AS last_id, count(*) AS found
  WHERE found > 1
  RETURN 'email' AS contact, first_id, last_id, found
  UNION ALL
  MATCH (c:Customer)
  WHERE c.phone_key IS NOT NULL
  WITH c.phone_key AS contact_key, min(c.id) AS first_id, max(c.id) AS last_id, count(*) AS found
  WHERE found > 1
  RETURN 'phone' AS contact, first_id, last_id, found
}
RETURN contact, first_id, last_id, found
ORDER BY found DESC, contact, first_id
LIMIT $limit
