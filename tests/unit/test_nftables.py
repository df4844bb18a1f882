"""nftables rules: what a file asks for, what the kernel says it has, and why one does not load."""

import json

import pytest

from middlebench.duts.linux.loaded import Chain, difference
from middlebench.duts.linux.namespace import cpu_mask, port_counters
from middlebench.duts.linux.nftables import asked_for, loaded, refusal
from middlebench.duts.registry import DUTS
from middlebench.errors import DutError
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes/linux"

# what `nft -j list ruleset` (1.0.6) prints of nat.nft, but for the expressions
LISTED = {
    "nftables": [
        {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5"}},
        {"table": {"family": "ip", "name": "middlebench", "handle": 1}},
        {
            "chain": {
                "family": "ip",
                "table": "middlebench",
                "name": "forward",
                "handle": 1,
                "type": "filter",
                "hook": "forward",
                "prio": 0,
                "policy": "drop",
            }
        },
        {
            "chain": {
                "family": "ip",
                "table": "middlebench",
                "name": "postrouting",
                "handle": 2,
                "type": "nat",
                "hook": "postrouting",
                "prio": 100,
                "policy": "accept",
            }
        },
        *(
            {"rule": {"family": "ip", "table": "middlebench", "chain": chain, "handle": 3}}
            for chain in ("forward", "forward", "postrouting")
        ),
    ]
}


def test_a_file_and_the_kernels_list_of_it_are_the_same():
    """Each chain with its rules and its policy."""
    asked = asked_for((RULES / "nat.nft").read_text(encoding="utf-8"), "nat.nft")
    assert asked == {
        ("ip", "middlebench", "forward"): Chain(2, "drop"),
        ("ip", "middlebench", "postrouting"): Chain(1, "accept"),
    }
    assert difference(asked, loaded(json.dumps(LISTED))) is None


def without(kind, name):
    """The kernel's list without the first such object."""
    kept = list(LISTED["nftables"])
    key = "chain" if kind == "rule" else "name"
    kept.remove(next(of for of in kept if of.get(kind, {}).get(key) == name))
    return {"nftables": kept}


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("there", "said"),
    [
        (
            without("rule", "forward"),
            "chain ip middlebench forward has 1 rule, policy drop; asked for: 2 rules, policy drop",
        ),
        (
            without("chain", "postrouting"),
            "chain ip middlebench postrouting has nothing, as there is none; asked for: 1 rule, ",
        ),
        (
            json.loads(json.dumps(LISTED).replace('"drop"', '"accept"')),
            "chain ip middlebench forward has 2 rules, policy accept; asked for: 2 rules, policy d",
        ),
    ],
)
def test_rules_that_are_not_loaded_are_seen(there, said):
    """A router without its rules forwards plainly: nothing is measured then."""
    asked = asked_for((RULES / "nat.nft").read_text(encoding="utf-8"), "nat.nft")
    assert difference(asked, loaded(json.dumps(there))).startswith(said)


WRITTEN = """
# table ip comment { }
table inet mine {
    set hosts { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }
    chain plain { }
    chain in_one_line { type filter hook forward priority 0; accept; drop; }
    chain forward {
        type filter hook forward priority 0
        tcp dport { 22, 80 } accept   # { one rule
        udp dport 53 \\
            accept
        ip saddr @hosts comment "a } in words; and more" drop
        ct state vmap {
            established : accept,
            invalid : drop
        }
    }
}
table netdev door { chain in { type filter hook ingress device "inside" priority 0; accept } }
"""


def test_rules_are_counted_as_they_may_be_written():
    """Sets in braces, several lines or one, comments, quoted words, no family."""
    assert asked_for(WRITTEN, "mine.nft") == {
        ("inet", "mine", "plain"): Chain(0, None),
        ("inet", "mine", "in_one_line"): Chain(2, "accept"),
        ("inet", "mine", "forward"): Chain(4, "accept"),
        ("netdev", "door", "in"): Chain(1, "accept"),
    }
    assert list(asked_for("table t { chain c { accept } }", "x")) == [("ip", "t", "c")]


@pytest.mark.parametrize("text", ["add rule ip t c accept\n", "flush ruleset\n", "chain c { }\n"])
def test_rules_of_another_form_are_refused(text):
    """Whether commands are loaded, no list tells."""
    with pytest.raises(DutError, match=r"^mine\.nft: .*; allowed: table NAME \{ chains \}$"):
        asked_for(text, "mine.nft")


def test_the_message_of_nft_has_the_line_of_the_file():
    """Its own words, the file as the user knows it."""
    said = (
        "/run/middlebench/rules.nft:4:12-16: Error: syntax error, unexpected string\n"
        "\t\tct state etablished accept\n\t\t         ^^^^^\n"
    )
    assert refusal(said, "x/nat.nft") == "x/nat.nft:4: syntax error, unexpected string"
    assert refusal("netlink: Error: Could not process rule\n", "x/nat.nft") is None


@pytest.mark.parametrize("function", DUTS["linux"].functions)
def test_shipped_rules_are_blocks(function):
    """Each can be compared with what is loaded; plain forwarding has none."""
    found = asked_for((RULES / f"{function}.nft").read_text(encoding="utf-8"), function)
    assert bool(found) == (function != "forward")


@pytest.mark.parametrize(
    ("cpu", "mask"),
    [(0, "1"), (1, "2"), (31, "80000000"), (33, "2,00000000"), (64, f"1{',00000000' * 2}")],
)
def test_a_cpu_is_a_mask_of_words(cpu, mask):
    """As the kernel reads them, 32 bit each."""
    assert cpu_mask(cpu) == mask


def test_ports_count_each_loss_apart():
    """What had no room at the DUT's door, and what waited too long for the generator."""
    devices = [
        {
            "ifname": name,
            "stats64": {
                "rx": {"packets": rx, "dropped": rx_drop},
                "tx": {"packets": tx, "dropped": tx_drop},
            },
        }
        for name, rx, rx_drop, tx, tx_drop in [
            ("lo", 9, 9, 9, 9),
            ("inside", 311471, 10020, 5, 1),
            ("outside", 6, 2, 299588, 1863),
        ]
    ]
    assert port_counters(json.dumps(devices)) == {
        "inside_rx": 311471,
        "inside_rx_drop": 10020,
        "inside_tx": 5,
        "inside_unread": 1,
        "outside_rx": 6,
        "outside_rx_drop": 2,
        "outside_tx": 299588,
        "outside_unread": 1863,
    }
