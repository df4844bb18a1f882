"""Open vSwitch as a DUT: with DPDK in a sandbox or on a host, or the kernel's."""
