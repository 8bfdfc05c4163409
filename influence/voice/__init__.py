"""What customers say and do for the shop: surveys, advocacy, detractors, support, membership (metrics.md 6, 7).

Everything here takes arrays over customer numbers and returns frames; it knows neither Neo4j nor files.
"""
