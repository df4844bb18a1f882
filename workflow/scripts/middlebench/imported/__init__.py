"""Points that other load generators measured elsewhere: their files, read strictly, as a table."""
