"""What the DUT did not carry, from what was sent, what of it came back, and what came meanwhile."""

import pytest

from middlebench.records.losses import loss_and_rates


def part(sent: int = 1000, received: int = 1000, arrived: int = 1000, refused: int = 0) -> dict:
    """A part of a window: half a second."""
    counters = {"offered": sent + refused, "sent": sent, "refused": refused}
    return counters | {"received": received, "arrived": arrived, "duration_s": 0.5}


@pytest.mark.parametrize(
    ("counted", "loss"),
    [
        (part(), 0),
        (part(received=900, arrived=900), 0.1),
        # some more are on their way at its end than at its begin
        (part(arrived=996), 0),
        # a queue takes what is too much: nothing is lost yet
        (part(arrived=980), 0.02),
        (part(received=990, arrived=980), 0.02),
        # a queue that other time filled is emptied, and drops meanwhile
        (part(received=980, arrived=1010), 0.02),
        (part(sent=900, refused=100, received=900, arrived=900), 0.1),
    ],
)
def test_what_a_queue_takes_is_not_carried(counted, loss):
    """The greater of what was lost and, beyond chance, of what did not come back meanwhile."""
    found = loss_and_rates(counted, virtual=True)
    assert found["loss_ratio"] == pytest.approx(loss)
    assert found["shortfall_ratio"] == pytest.approx(1 - counted["arrived"] / 1000)
    assert (found["put_pps"], found["arrived_pps"]) == (2000, 2 * counted["arrived"])
