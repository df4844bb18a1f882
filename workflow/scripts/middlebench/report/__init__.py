"""The pages of the report: tables, listings, and words about what was measured."""
