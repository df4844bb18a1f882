"""Names that no host can have are refused in one line."""

import pytest

from middlebench.errors import HostError
from middlebench.hosts.connect import open_host


@pytest.mark.tried("starts")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a..b", r"a\.\.b is no host name"),
        (".a", r"\.a is no host name"),
        ("user@a..b:22", r"a\.\.b is no host name"),
        ("x" * 64 + ".org", "x.org is no host name"),
        ("y" * 300, "y is no host name; allowed: 1 to 63 letters between its dots"),
    ],
    ids=["empty_label", "begins_with_dot", "with_user", "label_of_64", "300_letters"],
)
def test_a_host_with_an_impossible_name_is_one_line(address, said):
    """The line names it, and says what a name may be."""
    with pytest.raises(HostError, match=said), open_host({"address": address}):
        pass
