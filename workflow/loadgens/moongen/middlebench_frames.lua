-- SPDX-License-Identifier: MIT
-- The address plan, softgen's (see workflow/loadgens/softgen/flows.h): flow f has source 10.0.0.1 + f,
-- a source port that is a permutation of 1024..65535 by seed, destination 198.18.0.1 + f / (flows
-- a destination), port 9.  And what is in the frames.
--
-- The first 6 B of payload say what a frame is: 4 B kind and number, 2 B run.  That is all the room
-- there is in a 64 B TCP frame (14 + 20 + 20 + 6 + 4), so no stamp travels: only probes are timed, by
-- the one task that sends and receives them and keeps the stamp itself.
local ffi = require "ffi"

local frames = {}

local FIRST_PORT, PORTS = 1024, 64512 -- 2^10 * 3^2 * 7
local SOURCE, DESTINATION, DISCARD_PORT = 0x0a000001, 0xc6120001, 9
local UDP_HEADERS, TCP_HEADERS = 42, 54
local INSIDE_MAC = "02:00:00:00:00:01"
local KIND = 16777216 -- 2^24: more than there are flows
-- A tracker of TCP windows accepts the same data again and again: to it they are retransmissions.
local CLIENT_ISN, SERVER_ISN, WINDOW = 1, 1, 65535

frames.LEARN, frames.LOAD, frames.PROBE, frames.SINGLE = 1, 2, 3, 4

-- The permutation p -> (factor * p + offset) mod PORTS; any factor coprime to PORTS gives one.
local function permutation(seed)
	local mixed = (ffi.cast("uint64_t", seed) + 1) * 0x9e3779b97f4a7c15ULL
	local factor = tonumber((mixed / 0x200000000ULL) % 0x100000000ULL) % PORTS
	while factor % 2 == 0 or factor % 3 == 0 or factor % 7 == 0 do
		factor = (factor + 1) % PORTS
	end
	return factor, tonumber((mixed / 0x2000ULL) % 0x100000000ULL) % PORTS
end

-- A function flow -> source address, source port, destination address.
function frames.addresses(seed, a_destination)
	local factor, offset = permutation(seed)
	return function(flow)
		return SOURCE + flow, FIRST_PORT + (factor * (flow % PORTS) + offset) % PORTS,
			DESTINATION + math.floor(flow / a_destination)
	end
end

-- A function that gives the flow of each next frame, from `first`; `random` is RFC 4814's, by xorshift.
function frames.order(plan, first, number)
	local flow, flows = first - 1, plan.flows
	if plan.order == "round_robin" then
		return function()
			flow = flow + 1
			if flow >= flows then
				flow = 0
			end
			return flow
		end
	end
	local state = bit.bxor(bit.tobit(plan.seed * 8 + number), 0x5bd1e995)
	state = state == 0 and 1 or state
	return function()
		state = bit.bxor(state, bit.lshift(state, 13))
		state = bit.bxor(state, bit.rshift(state, 17))
		state = bit.bxor(state, bit.lshift(state, 5))
		return math.floor(state % 4294967296 / 4294967296 * flows)
	end
end

-- Fill a new buffer of the pool with all that is constant.
function frames.template(plan)
	if plan.protocol == "udp" then
		return function(buf)
			buf:getUdpPacket():fill{
				pktLength = plan.size, ethSrc = INSIDE_MAC, ethDst = plan.dst_mac, udpDst = DISCARD_PORT,
			}
		end
	end
	return function(buf)
		buf:getTcpPacket():fill{
			pktLength = plan.size, ethSrc = INSIDE_MAC, ethDst = plan.dst_mac, tcpDst = DISCARD_PORT,
			tcpSeqNumber = CLIENT_ISN + 1, tcpAckNumber = SERVER_ISN + 1, tcpAck = 1, tcpWindow = WINDOW,
		}
	end
end

-- A function (buf, flow, kind, number) that makes the buffer a frame of that flow.
function frames.writer(plan)
	local address, tag, udp = frames.addresses(plan.seed, plan.flows_a_destination), plan.tag, plan.protocol == "udp"
	return function(buf, flow, kind, number)
		local source, port, destination = address(flow)
		local packet = udp and buf:getUdpPacket() or buf:getTcpPacket()
		local ports = udp and packet.udp or packet.tcp
		packet.ip4.src:set(source)
		packet.ip4.dst:set(destination)
		ports:setSrcPort(port)
		packet.payload.uint32[0] = kind * KIND + number
		packet.payload.uint16[2] = tag
	end
end

-- Kind and number of a frame of this run, or nil.  Looks at the payload only: a NAT changes the rest.
function frames.read(plan, buf)
	local udp = plan.protocol == "udp"
	if buf:getSize() < (udp and UDP_HEADERS or TCP_HEADERS) + 6 then
		return nil
	end
	local packet = udp and buf:getUdpPacket() or buf:getTcpPacket()
	if packet.ip4.protocol ~= (udp and 17 or 6) or packet.payload.uint16[2] ~= plan.tag then
		return nil
	end
	local word = packet.payload.uint32[0]
	return math.floor(word / KIND), word % KIND
end

-- A hardware probe keeps its PTP payload; only its addresses are the flow's.
function frames.address_probe(plan)
	local address = frames.addresses(plan.seed, plan.flows_a_destination)
	return function(buf, flow)
		local source, port, destination = address(flow)
		buf:getUdpPacket():fill{
			pktLength = plan.probe_size, ethSrc = INSIDE_MAC, ethDst = plan.dst_mac, udpDst = DISCARD_PORT,
			ip4Src = source, ip4Dst = destination, udpSrc = port,
		}
	end
end

-- TCP: a function (buf, flow) that makes the buffer the flow's SYN, without data (what remains of the
-- frame is padding).  Buffers keep what was in them, so SYNs have a pool of their own.
function frames.syn_writer(plan)
	local address = frames.addresses(plan.seed, plan.flows_a_destination)
	return function(buf, flow)
		local source, port, destination = address(flow)
		buf:getTcpPacket():fill{
			pktLength = TCP_HEADERS, ethSrc = INSIDE_MAC, ethDst = plan.dst_mac, ip4Src = source,
			ip4Dst = destination, tcpSrc = port, tcpDst = DISCARD_PORT, tcpSeqNumber = CLIENT_ISN,
			tcpSyn = 1, tcpWindow = WINDOW,
		}
	end
end

-- TCP: is it a SYN to the outside (`answer` false), or the outside's answer to one?
function frames.is_syn(buf, answer)
	local packet = buf:getTcpPacket()
	if buf:getSize() < TCP_HEADERS or packet.ip4.protocol ~= 6 or not packet.tcp:getSyn() then
		return false
	end
	local port = answer and packet.tcp:getSrcPort() or packet.tcp:getDstPort()
	return packet.tcp:getAck() == answer and port == DISCARD_PORT
end

-- TCP: make `buf` the outside's answer to the SYN in `syn`, whatever its source was translated to.
function frames.syn_ack(buf, syn)
	local asked = syn:getTcpPacket()
	buf:getTcpPacket():fill{
		pktLength = TCP_HEADERS, ethSrc = asked.eth:getDstString(), ethDst = asked.eth:getSrcString(),
		ip4Src = asked.ip4:getDst(), ip4Dst = asked.ip4:getSrc(), tcpSrc = DISCARD_PORT,
		tcpDst = asked.tcp:getSrcPort(), tcpSeqNumber = SERVER_ISN, tcpAckNumber = CLIENT_ISN + 1,
		tcpSyn = 1, tcpAck = 1, tcpWindow = WINDOW,
	}
end

-- Checksums by the NIC, or here where a driver (virtio) has offloading off.  UDP: 0 says none (RFC 768).
function frames.checksums(plan, bufs)
	if plan.offload then
		bufs[plan.protocol == "udp" and "offloadUdpChecksums" or "offloadTcpChecksums"](bufs)
		return
	end
	for i = 1, bufs.size do
		local buf = bufs[i]
		local packet = plan.protocol == "udp" and buf:getUdpPacket() or buf:getTcpPacket()
		packet.ip4:calculateChecksum()
		if plan.protocol == "udp" then
			packet.udp:setChecksum(0)
		else
			packet.tcp:calculateChecksum(buf:getData(), packet.ip4:getLength() + 14, true)
		end
	end
end

return frames
