"""Settings that all tests share."""

from hypothesis import settings

# No deadline, as shared machines stop a core for milliseconds; the same examples on every run.
settings.register_profile("middlebench", deadline=None, derandomize=True)
settings.load_profile("middlebench")
