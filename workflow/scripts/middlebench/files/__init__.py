"""Files of the project: strict JSON and YAML, seals, schemas."""
