"""softgen's comparison where a DUT translates to a pool of addresses."""

import pytest
from test_softgen_verify import SNAT, Check, translated


@pytest.mark.tried("lies")
def test_a_flow_gets_one_address_of_a_pool_and_keeps_it(softgen):
    """Two flows may share a port where their addresses differ; one outside of the pool is wrong."""
    pool = [f"200.200.200.{last}" for last in (200, 201, 203)]
    check = Check(softgen, snat=pool[0], last=pool[-1])

    def came(flow, address, port=5000):
        return check.came(translated(check, {"snat": address}, flow, port), flow)

    assert [came(flow, address)[1] for flow, address in enumerate(pool)] == [0, 0, 0]
    assert came(1, pool[1])[1] == 0
    _, wrong, words = came(1, pool[2])
    assert wrong == 1
    assert words.endswith(
        "the source came out as 200.200.200.203:5000, before as 200.200.200.201:5000"
    )
    assert came(4, pool[1])[1] == 2
    for address in ("200.200.200.204", "200.200.200.199", "10.0.0.6"):
        check = Check(softgen, snat=pool[0], last=pool[-1])
        _, wrong, words = came(5, address)
        assert wrong == 1
        assert words.endswith(f"the source address came out as {address}, expected 200.200.200.200")


@pytest.mark.tried("lies")
def test_flows_to_other_hosts_may_share_a_port(softgen):
    """A reply is told by the host that it comes from too; of one host it is wrong."""
    about = {"protocol": "udp", "snat": SNAT}
    check = Check(softgen, **about, a_destination=2)
    check.came(translated(check, about, 0, 5000), 0)
    assert check.came(translated(check, about, 2, 5000), 2)[1] == 0
    assert check.came(translated(check, about, 3, 5000), 3)[1] == 1
