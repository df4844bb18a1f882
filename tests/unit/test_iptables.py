"""iptables rules: what a file asks for, what the kernel says it has, and why one does not load."""

import pytest

from middlebench.duts.linux.iptables import asked_for, refusal
from middlebench.duts.linux.loaded import Chain, difference
from workspace import REPOSITORY

NAT = (REPOSITORY / "workflow/middleboxes/iptables/nat.rules").read_text(encoding="utf-8")

# what `iptables -t filter -S` and `-t nat -S` print of it
LISTED = """*filter
-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -i inside -m conntrack --ctstate NEW -j ACCEPT
*nat
-P PREROUTING ACCEPT
-P INPUT ACCEPT
-P OUTPUT ACCEPT
-P POSTROUTING ACCEPT
-A POSTROUTING -o outside -j SNAT --to-source 200.200.200.200
"""


def test_a_file_and_the_kernels_list_are_the_same():
    """By table and chain; what accepts all and has no rule is none."""
    assert asked_for(NAT) == {
        ("filter", "FORWARD"): Chain(2, "DROP"),
        ("nat", "POSTROUTING"): Chain(1, "ACCEPT"),
    }
    assert asked_for(LISTED) == asked_for(NAT)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("-P FORWARD DROP", "-P FORWARD ACCEPT", "chain filter FORWARD has 2 rules, policy ACCEPT"),
        ("-A POSTROUTING", "-A OUTPUT", "chain nat OUTPUT has 1 rule, policy ACCEPT; asked for: n"),
        ("-A FORWARD -i", "# -i", "chain filter FORWARD has 1 rule, policy DROP; asked for: 2"),
    ],
)
def test_what_is_not_loaded_is_seen(right, wrong, said):
    """A policy, a rule in another chain, a rule less."""
    assert difference(asked_for(NAT), asked_for(LISTED.replace(right, wrong))).startswith(said)


def test_chains_of_ones_own_are_compared():
    """As iptables-save and iptables -S write them."""
    saved = "*filter\n:mine - [0:0]\n-A mine -j ACCEPT\nCOMMIT\n"
    assert asked_for(saved) == asked_for("*filter\n-N mine\n-A mine -j ACCEPT\n")
    assert asked_for(saved) == {("filter", "mine"): Chain(1, None)}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            'iptables-nft-restore v1.8.9 (nf_tables): Bad ctstate "ESTABLSHED"\n'
            "Error occurred at line: 6\nTry `iptables-nft-restore -h' or 'iptables-nft-restore "
            "--help' for more information.\n",
            'x.rules:6: Bad ctstate "ESTABLSHED"',
        ),
        ("Bad argument `j'\nError occurred at line: 2\nTry ...\n", "x.rules:2: Bad argument `j'"),
        (
            "iptables-restore v1.8.9 (legacy): unable to initialize table 'nat'\n",
            None,
        ),
    ],
)
def test_its_message_has_the_line_of_the_file(said, wanted):
    """As both back ends write it (1.8.9)."""
    assert refusal(said, "x.rules") == wanted
