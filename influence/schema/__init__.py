"""Constraints and indexes as versioned Cypher files, applied once each and in order."""

from influence.schema.migrate import Migration, SchemaStatus, apply_schema, schema_status, verify_schema

__all__ = ["Migration", "SchemaStatus", "apply_schema", "schema_status", "verify_schema"]
