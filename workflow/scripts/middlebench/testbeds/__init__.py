"""Where DUT and generator run: a sandbox, or run folders on hosts."""
