"""The kernel of the DUT's machine as a DUT, in a network namespace of its own."""
