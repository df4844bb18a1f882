"""The devices under test (DUTs): what each offers, and the registry that names them."""
