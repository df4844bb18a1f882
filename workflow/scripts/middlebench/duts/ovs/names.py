"""The names that Open vSwitch knows in a flow: ovs-fields(7), ovs-actions(7), ovs-ofctl(8)."""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PROTOCOLS = {
    "ip": set(), "ip4": {"ip"}, "ipv4": {"ip"}, "icmp": {"ip"}, "tcp": {"ip"}, "udp": {"ip"},
    "sctp": {"ip"}, "ipv6": set(), "ip6": {"ipv6"}, "icmp6": {"ipv6"}, "tcp6": {"ipv6"},
    "udp6": {"ipv6"}, "sctp6": {"ipv6"}, "arp": set(), "rarp": set(), "mpls": set(),
    "mplsm": set(), "eth": set(),
}  # fmt: skip
"""Names that stand for fields with their values -> those that a packet fits as well."""

FLAGS = _set(
    "check_overlap send_flow_rem reset_counts no_packet_counts no_byte_counts "
    "no_readonly_table allow_hidden_fields"
)
"""Words of a flow without a value that match nothing."""

OPTIONS = _set(
    "cookie idle_timeout hard_timeout importance idle_age hard_age duration n_packets n_bytes"
)
"""Keys of a flow that match nothing: how long it lives, what it is called, what a dump tells."""

FIELDS = _set(
    """
    in_port in_port_oxm actset_output packet_type recirc_id dp_hash conj_id skb_priority pkt_mark
    metadata tunnel_id tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_flags tun_ttl tun_tos
    tun_gbp_id tun_gbp_flags tun_erspan_ver tun_erspan_idx tun_erspan_dir tun_erspan_hwid
    tun_gtpu_flags tun_gtpu_msgtype
    ct_state ct_zone ct_mark ct_label ct_nw_proto ct_nw_src ct_nw_dst ct_ipv6_src ct_ipv6_dst
    ct_tp_src ct_tp_dst
    dl_src dl_dst dl_type eth_src eth_dst eth_type dl_vlan dl_vlan_pcp vlan_vid vlan_pcp vlan_tci
    mpls_label mpls_tc mpls_bos mpls_ttl
    nw_src nw_dst nw_proto nw_tos nw_ecn nw_ttl nw_frag ip_src ip_dst ip_proto ip_dscp ip_ecn
    ip_frag ipv6_src ipv6_dst ipv6_label
    tp_src tp_dst tcp_src tcp_dst tcp_flags udp_src udp_dst sctp_src sctp_dst
    icmp_type icmp_code icmpv6_type icmpv6_code
    arp_op arp_spa arp_tpa arp_sha arp_tha
    nd_target nd_sll nd_tll nd_reserved nd_options_type
    nsh_flags nsh_ttl nsh_mdtype nsh_np nsh_spi nsh_si nsh_c1 nsh_c2 nsh_c3 nsh_c4
    nsp nsi nshc1 nshc2 nshc3 nshc4
    """
)
_NUMBERED = re.compile(
    r"reg(\d|1[0-5])|xreg[0-7]|xxreg[0-3]|tun_metadata([1-5]?\d|6[0-3])"
)  # and nothing after it
_EXTENSIBLE = re.compile(r"(NXM|OXM|NXOXM|ONFOXM|ERICOXM)_\w+")

ACTIONS = _set(
    """
    output enqueue bundle bundle_load group controller flood all normal local in_port table drop
    resubmit goto_table clone ct ct_clear learn conjunction meter multipath sample note exit
    write_actions clear_actions write_metadata check_pkt_larger delete_field fin_timeout
    set_field load move push pop set_queue pop_queue set_tunnel set_tunnel64
    mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_nw_ecn mod_nw_ttl mod_tp_src
    mod_tp_dst mod_vlan_vid mod_vlan_pcp set_vlan_vid set_vlan_pcp push_vlan pop_vlan strip_vlan
    push_mpls pop_mpls set_mpls_label set_mpls_tc set_mpls_ttl dec_mpls_ttl dec_ttl dec_nsh_ttl
    set_nw_ttl encap decap
    """
)


def is_field(name: str) -> bool:
    """Can a flow match a field by this name?"""
    return name in FIELDS or bool(_NUMBERED.fullmatch(name))


def is_subfield(text: str) -> bool:
    """Is this a field, or bits of one: `reg0`, `reg0[]`, `NXM_NX_REG0[0..15]`, `reg0[3]`?"""
    found = re.fullmatch(r"(\w+)(?:\[(?:\d+(?:\.\.\d+)?)?\])?", text)
    return bool(found) and (is_field(found[1]) or bool(_EXTENSIBLE.fullmatch(found[1])))
