"""Capture files byte by byte, as the two formats are specified."""

import struct

ETHERNET, RAW_IP, COOKED = 1, 101, 113
HEADER, RECORD = 24, 16


def pcap(lengths, link=ETHERNET, order="<", snap=96, magic=0xA1B2C3D4):
    """A pcap file: for each packet its original length, and at most `snap` bytes of it."""
    records = [
        struct.pack(f"{order}4I", 0, 0, min(n, snap), n) + bytes(min(n, snap)) for n in lengths
    ]
    return struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link) + b"".join(records)


def block(kind, body, order="<"):
    """A block of pcapng."""
    size = 12 + len(body)
    return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)


def section(order="<"):
    """The block that a section of pcapng begins with."""
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link, options=b"", order="<"):
    """The block of pcapng that describes an interface."""
    return block(1, struct.pack(f"{order}HHI", link, 0, 0) + options, order)


def packet(number, length, order="<"):
    """A packet of pcapng of which 4 bytes were captured."""
    return block(6, struct.pack(f"{order}5I", number, 0, 0, 4, length) + bytes(4), order)
