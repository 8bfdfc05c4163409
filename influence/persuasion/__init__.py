"""Who persuades whom: follow-on purchases, what was expected anyway, and how sure we can be."""
