// /// schema
// title = "Customers with the same pseudonym of an e-mail address or phone number are found by it"
// ///
CREATE INDEX customer_email_key IF NOT EXISTS
FOR (c:Customer) ON (c.email_key);
CREATE INDEX customer_phone_key IF NOT EXISTS
FOR (c:Customer) ON (c.phone_key);
