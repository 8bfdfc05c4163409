"""What a customer is worth: by own purchases, by referrals, by what others buy because of her (metrics.md section 5).

Everything here takes arrays over customer numbers and returns frames indexed by them; it knows neither Neo4j nor files.
"""
