"""What is counted in a window: the names that generators, schemas, records and tables share."""

COUNTERS = (
    *("offered", "sent", "refused", "skipped"),
    *("received", "arrived", "duplicated", "out_of_order"),
)
"""What generators count in a window: the list that those of softgen, of MoonGen's script and of the
schemas are compared with (tests/unit/test_counters.py)."""

MARKS = ("generator_gaps", "dut_silences", "dut_stops")
"""What stands still in a window, by its cause, each a count with its times; the same holds."""
