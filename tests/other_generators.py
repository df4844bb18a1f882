"""Files as MoonGen and TRex write them, by hand after the sources that middlebench.imported cites.

`RUN` and `RUN_CSV` have the form of what counters and a histogram of a real MoonGen wrote (7746ff2,
libmoon dfceafc), colours and all.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

RUN = (
    "\x1b[1;37m[INFO]  Initializing DPDK. This will take a few seconds...\x1b[0m\n"
    "EAL: Detected 4 lcore(s)\n"
    "\x1b[1;33m[WARN]  Packet size 60 is smaller than minimum timestamp size 84. Timestamped "
    "packets will be larger than load packets.\x1b[0m\n"
    "\x1b[0;34m[Device: id=0] TX\x1b[0m: 0.98 Mpps, 500 Mbit/s (656 Mbit/s with framing)\n"
    "\x1b[1;36m[Device: id=1] RX\x1b[0m: 0.88 Mpps, 450 Mbit/s (591 Mbit/s with framing)\n"
    "\x1b[0;34m[Device: id=0] TX\x1b[0m: 0.98 (StdDev 0.00) Mpps, 500 (StdDev 0) Mbit/s (656 "
    "Mbit/s with framing), total 10000000 packets with 640000000 bytes (incl. CRC)\n"
    "\x1b[1;36m[Device: id=1] RX\x1b[0m: 0.88 (StdDev 0.01) Mpps, 450 (StdDev 2) Mbit/s (591 "
    "Mbit/s with framing), total 9000000 packets with 576000000 bytes (incl. CRC)\n"
    "Samples: 4, Average: 1003.2 ns, StdDev: 3.2 ns, Quartiles: 1000.0/1006.4/1006.4 ns\n"
    "\x1b[1;37m[INFO]  Saving histogram to 'histogram.csv'\x1b[0m\n"
)
HISTOGRAM = "1000,3\n1006.4,6\n9000,1\n"

CSV_HEADING = "Time,Device,Direction,PacketRate,Mbit,MbitWithFraming,TotalPackets,TotalBytes\n"
RUN_CSV = (
    "\x1b[1;37m[INFO]  2 devices are up.\x1b[0m\n"
    f"{CSV_HEADING}"
    "1795747332,Device: id=0,TX,0.9765625,500,656.25,976562,62499968\n"
    "1795747332,Device: id=1,RX,0.87890625,450,590.625,878906,56249984\n"
    "1795747342,Device: id=0,TX,0.9765624,499.99,656.24,10000000,640000000\n"
    "1795747342,Device: id=1,RX,0.8789061,449.99,590.62,9000000,576000000\n"
    "Samples: 0, Average: nan ns, StdDev: nan ns, Quartiles: nan/nan/nan ns\n"
)

THROUGHPUT = (
    "frame size(byte),duration(s),max loss rate(%),rate threshold(packets)"
    ",rate(mpps) iter1,spkts(byte) iter1,rpkts(byte) iter1"
    ",rate(mpps) iter2,spkts(byte) iter2,rpkts(byte) iter2\n"
    "64,10,0.1,100,1.5,15000000,14999000\n"
    "64,10,0.1,100,1.25,12500000,12500000\n"
    "128,10,0.1,100,1.2,12000000,12000000\n"
    "128,10,0.1,100,1.2,12000000,12000000\n"
)
LATENCY = (
    "latency,packet,frame size,rate,duration\n"
    "1000,30,64,0.5,10\n1006.4,60,64,0.5,10\n9000,10,64,0.5,10\n"
    "2000,5,128,0.25,10\n"
)
FRAMELOSS = (
    "percent of link rate,frame size,duration,received packets,sent packets,frameloss in %\n"
    "1,64,10,9000000,12000000,25\n"
    "0.95,64,10,9000000,10000000,10\n"
    "0.05,64,10,500000,500000,0\n"
    "1,128,10,8000000,8445945,5.2799941273123\n"
)
BACK_TO_BACK = "frameSize,precision,linkspeed,duration,burstsize iter1\n64,100,10000,2s,1000\n"


def trex_group(histogram: dict[int, int], least: float = 5, most: float = 240) -> dict:
    """The `latency` of a packet group; us."""
    about = {"average": 8.5, "jitter": 1, "last_max": 9, "total_max": most, "total_min": least}
    return about | {"histogram": histogram}


def trex_stats(**total: float) -> dict:
    """What get_stats() returns, as json.dump writes it: keys are texts."""
    ports = {"opackets": 10_000_000, "ipackets": 9_000_000, "obytes": 640_000_000}
    ports |= {"ibytes": 576_000_000, "oerrors": 0, "ierrors": 0, "tx_bps": 5e8, "rx_bps": 4.5e8}
    ports |= {"tx_pps": 976562.5, "rx_pps": 878906.25, "tx_util": 6.5, "rx_util": 5.9}
    ports |= total
    errors = dict.fromkeys(("dropped", "dup", "out_of_order", "seq_too_high", "seq_too_low"), 0)
    groups = {
        5: {"err_cntrs": errors, "latency": trex_group({0: 60, 10: 30})},
        7: {"err_cntrs": errors, "latency": trex_group({10: 8, 200: 2}, 11, 241)},
        "global": {"bad_hdr": 0, "old_flow": 0},
    }
    found = {"global": {"queue_full": 0, "cpu_util": 12.5}, "0": ports, "total": ports}
    return json.loads(json.dumps(found | {"flow_stats": {}, "latency": groups}))


def trex_ndr(**results: float) -> dict:
    """What stl_ndr_bench_tool.py --output writes."""
    found = {"title": "a DUT", "total_iterations": 7, "iteration": 7, "rate_p": 42.0}
    found |= {"drop_rate_percentage": 0.05, "queue_full_percentage": 0.0, "valid_latency": True}
    found |= {"tx_pps": 1_250_000.0, "rx_pps": 1_249_375.0, "tx_bps": 640e6, "rx_bps": 639.68e6}
    found |= {"latency": {"5": trex_group({"10": 9, "30": 1})}, "ndr_points": [640e6]}
    config = {"pdr": 0.1, "q_full_resolution": 2.0, "ports": [0, 1], "bi_dir": False}
    return json.loads(json.dumps({"results": found | results, "config": config}))


@contextmanager
def files(of: Mapping[str, str | bytes]) -> Iterator[None]:
    """In a folder of its own with these files, by name; a lone surrogate is written as it is."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in of.items():
            data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            Path(name).write_bytes(data)
        yield
