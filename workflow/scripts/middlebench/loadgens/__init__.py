"""The load generators: what each offers, and the registry that names them."""
