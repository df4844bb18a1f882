-- SPDX-License-Identifier: MIT
-- Stand-in for libmoon's packet buffers: the parts of their interface that middlebench.lua uses, on real
-- memory, with libmoon's defaults for what is not filled in.
local ffi = require "ffi"

ffi.cdef[[
struct standin_mac { uint8_t byte[6]; };
struct standin_eth { struct standin_mac dst, src; uint16_t type; } __attribute__((packed));
struct standin_address { uint32_t uint32; } __attribute__((packed));
struct standin_ip4 {
	uint8_t verihl, tos; uint16_t len, id, frag; uint8_t ttl, protocol; uint16_t cs;
	struct standin_address src, dst;
} __attribute__((packed));
struct standin_udp { uint16_t src, dst, len, cs; } __attribute__((packed));
struct standin_tcp {
	uint16_t src, dst; uint32_t seq, ack; uint8_t offset, flags; uint16_t window, cs, urg;
} __attribute__((packed));
union standin_payload { uint8_t uint8[0]; uint16_t uint16[0]; uint32_t uint32[0]; };
struct standin_udp_packet {
	struct standin_eth eth; struct standin_ip4 ip4; struct standin_udp udp; union standin_payload payload;
} __attribute__((packed));
struct standin_tcp_packet {
	struct standin_eth eth; struct standin_ip4 ip4; struct standin_tcp tcp; union standin_payload payload;
} __attribute__((packed));
]]

local function swap16(value)
	return bit.rshift(bit.bswap(value), 16)
end

local function swap32(value)
	return bit.bswap(value)
end

local function mac_text(mac)
	local bytes = {}
	for i = 0, 5 do
		bytes[i + 1] = ("%02x"):format(mac.byte[i])
	end
	return table.concat(bytes, ":")
end

local function mac_set(mac, text)
	local i = 0
	for byte in text:gmatch("%x%x") do
		mac.byte[i], i = tonumber(byte, 16), i + 1
	end
	assert(i == 6, "not a MAC address: " .. text)
end

local eth = {}
eth.__index = eth
function eth:getDstString() return mac_text(self.dst) end
function eth:getSrcString() return mac_text(self.src) end

local address = {}
address.__index = address
function address:set(value) self.uint32 = swap32(value) end
function address:get() return swap32(self.uint32) end

local ip4 = {}
ip4.__index = ip4
function ip4:getSrc() return self.src:get() end
function ip4:getDst() return self.dst:get() end
function ip4:getLength() return swap16(self.len) end

-- RFC 1071 over `length` bytes, as it is stored
local function checksum(data, length)
	local bytes, sum = ffi.cast("uint8_t*", data), 0
	for i = 0, length - 1, 2 do
		sum = sum + bytes[i] * 256 + (i + 1 < length and bytes[i + 1] or 0)
	end
	while sum > 65535 do
		sum = sum % 65536 + math.floor(sum / 65536)
	end
	return swap16(65535 - sum)
end

function ip4:calculateChecksum()
	self.cs = 0
	self.cs = checksum(self, 20)
end

local udp = {}
udp.__index = udp
local tcp = {}
tcp.__index = tcp
for _, header in ipairs{udp, tcp} do
	function header:setSrcPort(port) self.src = swap16(port) end
	function header:getSrcPort() return swap16(self.src) end
	function header:getDstPort() return swap16(self.dst) end
end
function udp:setChecksum(value) self.cs = swap16(value) end
function tcp:getSyn() return bit.band(self.flags, 2) ~= 0 end
function tcp:getAck() return bit.band(self.flags, 16) ~= 0 end
function tcp:calculateChecksum(_, _, ipv4)
	assert(ipv4, "an IPv4 frame")
	self.cs = 1 -- what it comes to is libmoon's business
end

local function fill_ip(packet, args, protocol)
	mac_set(packet.eth.src, args.ethSrc or "01:02:03:04:05:06")
	mac_set(packet.eth.dst, args.ethDst or "07:08:09:0a:0b:0c")
	packet.eth.type = swap16(0x0800)
	local header = packet.ip4
	header.verihl, header.tos, header.id, header.frag, header.ttl = 0x45, 0, 0, 0, 64
	header.len, header.protocol, header.cs = swap16((args.pktLength or 62) - 14), protocol, 0
	header.src:set(args.ip4Src or 0xc0a80101)
	header.dst:set(args.ip4Dst or 0xc0a80102)
end

local udp_packet = {}
udp_packet.__index = udp_packet
function udp_packet:fill(args)
	fill_ip(self, args, 17)
	self.udp.src, self.udp.dst = swap16(args.udpSrc or 1024), swap16(args.udpDst or 1025)
	self.udp.len, self.udp.cs = swap16((args.pktLength or 62) - 34), 0
end

local tcp_packet = {}
tcp_packet.__index = tcp_packet
function tcp_packet:fill(args)
	fill_ip(self, args, 6)
	self.tcp.src, self.tcp.dst = swap16(args.tcpSrc or 1025), swap16(args.tcpDst or 1024)
	self.tcp.seq, self.tcp.ack = swap32(args.tcpSeqNumber or 0), swap32(args.tcpAckNumber or 0)
	self.tcp.offset, self.tcp.window = 0x50, swap16(args.tcpWindow or 29200)
	self.tcp.flags = (args.tcpSyn == 1 and 2 or 0) + (args.tcpAck == 1 and 16 or 0)
	self.tcp.cs, self.tcp.urg = 0, 0
end

ffi.metatype("struct standin_eth", eth)
ffi.metatype("struct standin_address", address)
ffi.metatype("struct standin_ip4", ip4)
ffi.metatype("struct standin_udp", udp)
ffi.metatype("struct standin_tcp", tcp)
ffi.metatype("struct standin_udp_packet", udp_packet)
ffi.metatype("struct standin_tcp_packet", tcp_packet)

local buffer = {}
buffer.__index = buffer

local function new_buffer()
	return setmetatable({data = ffi.new("uint8_t[1600]"), pkt_len = 0}, buffer)
end

function buffer:getData() return ffi.cast("void*", self.data) end
function buffer:getSize() return self.pkt_len end
function buffer:getUdpPacket() return ffi.cast("struct standin_udp_packet*", self.data) end
function buffer:getTcpPacket() return ffi.cast("struct standin_tcp_packet*", self.data) end

-- Of a frame: what a DUT, a queue or a test looks at.
local function parse(data)
	local packet = ffi.cast("struct standin_udp_packet*", data)
	local parsed = {
		protocol = packet.ip4.protocol, ip_length = swap16(packet.ip4.len), ip_sum = packet.ip4.cs,
		src = packet.ip4:getSrc() % 4294967296, dst = packet.ip4:getDst() % 4294967296,
		sport = swap16(packet.udp.src), dport = swap16(packet.udp.dst), mac = mac_text(packet.eth.dst),
	}
	local payload = packet.payload
	if parsed.protocol == 6 then
		local segment = ffi.cast("struct standin_tcp_packet*", data)
		parsed.seq, parsed.ack = swap32(segment.tcp.seq), swap32(segment.tcp.ack)
		parsed.syn, parsed.acks = segment.tcp:getSyn(), segment.tcp:getAck()
		parsed.data = parsed.ip_length - 40
		payload = segment.payload
	end
	parsed.kind, parsed.number = math.floor(payload.uint32[0] / 2 ^ 24), payload.uint32[0] % 2 ^ 24
	return parsed
end

-- Rewrite addresses and ports in place, as a NAT does.
local function rewrite(data, src, sport, dst, dport)
	local packet = ffi.cast("struct standin_udp_packet*", data)
	packet.ip4.src:set(src)
	packet.ip4.dst:set(dst)
	packet.udp.src, packet.udp.dst = swap16(sport), swap16(dport)
end

-- Make a UDP frame one of another run.
local function next_run(data)
	local payload = ffi.cast("struct standin_udp_packet*", data).payload
	payload.uint16[2] = payload.uint16[2] + 1
end

return {new_buffer = new_buffer, parse = parse, rewrite = rewrite, next_run = next_run}
