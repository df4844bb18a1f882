-- SPDX-License-Identifier: MIT
-- Stand-in for the hardware: virtual time with tasks in it, a DUT, and the rules that MoonGen does not
-- enforce and that cost a measurement when they are broken (violations).
local ffi = require "ffi"
local log = require "log"
local packets = require "packets"

local world = {}

function world.new(settings)
	return setmetatable({
		settings = settings, tasks = {}, trace = {}, said = {}, violations = {}, devices = {}, links_up = {},
		flows = {}, lengths = {}, per_queue = {}, probes = {}, dut = {count = 0, free_at = 0, known = {}},
	}, {__index = world})
end

function world:driver()
	return self.settings.driver or "net_ixgbe"
end

function world:note(text, ...)
	self.trace[#self.trace + 1] = text:format(...)
end

-- A rule is broken: the run is over.
function world:violate(text, ...)
	self.violations[#self.violations + 1] = text:format(...)
	error({violation = self.violations[#self.violations]}, 0)
end

-- Tasks: coroutines, each with a clock; the one that is behind runs.
function world:spawn(name, body)
	local task = {name = name, clock = self.current and self.current.clock or 0}
	task.routine = coroutine.create(body)
	self.tasks[#self.tasks + 1] = task
	self.next_other = -1
	return task
end

function world:now()
	return self.current.clock
end

function world:advance(seconds)
	local task = self.current
	task.clock = task.clock + seconds
	if task.clock > self.next_other then
		coroutine.yield()
	end
end

function world:advance_to(time)
	self:advance(math.max(0, time - self.current.clock))
end

-- Run until the first task (the master) is over; what ended it: nil, or what was thrown.
function world:run()
	local master = self.tasks[1]
	while not master.done do
		local behind, second = nil, math.huge
		for _, task in ipairs(self.tasks) do
			if not task.done then
				if not behind or task.clock < behind.clock then
					second = behind and behind.clock or second
					behind = task
				else
					second = math.min(second, task.clock)
				end
			end
		end
		self.current, self.next_other = behind, second
		local ok, thrown = coroutine.resume(behind.routine)
		if not ok and type(thrown) == "table" and (thrown.exit or thrown.violation) then
			return thrown
		end
		behind.crashed = not ok and tostring(thrown) or nil
		behind.done = coroutine.status(behind.routine) == "dead"
		if behind.crashed then
			self.said[#self.said + 1] = log.trace(behind.name, behind.crashed)
		end
	end
	return master.crashed and {exit = 1} or nil
end

-- The DUT: when and as what a frame comes out, or nil.
function world:forward(inside, frame, time)
	local settings, dut, parsed = self.settings, self.dut, packets.parse(frame.data)
	local load = parsed.kind == 2 and not parsed.syn
	dut.count = dut.count + (load and 1 or 0)
	if settings.dead_after and dut.count > settings.dead_after then
		return nil
	elseif load and settings.loss_every and dut.count % settings.loss_every == 0 then
		return nil
	elseif settings.tracker and not self:tracked(inside, parsed) then
		return nil
	end
	self:translate(inside, frame, parsed)
	if settings.other_run then
		packets.next_run(frame.data)
	end
	if settings.capacity_pps then
		local start = math.max(time, dut.free_at)
		if start - time > 1000 / settings.capacity_pps then
			return nil
		end
		dut.free_at = start + 1 / settings.capacity_pps
		time = dut.free_at
	end
	return time + (settings.latency_ns or 2000) / 1e9
end

-- A connection tracker as strict as netfilter's: data only when the SYN was answered, within sequence.
function world:tracked(inside, parsed)
	if parsed.protocol ~= 6 then
		return true
	end
	local known, key = self.dut.known, inside and parsed.sport or parsed.dport
	local entry = known[key]
	if inside and parsed.syn then
		known[key] = entry or {seq = parsed.seq + 1}
		return parsed.data == 0
	elseif not entry then
		return false
	elseif not inside then
		entry.answer = parsed.syn and parsed.acks and parsed.ack == entry.seq and parsed.seq + 1
		return entry.answer and true
	end
	return parsed.acks and entry.answer == parsed.ack and entry.seq == parsed.seq
end

function world:translate(inside, frame, parsed)
	if not self.settings.nat then
		return
	end
	self.dut.source = self.dut.source or {}
	if inside then
		self.dut.source[parsed.sport] = parsed.src
		packets.rewrite(frame.data, 0xc8c8c8c8, parsed.sport, parsed.dst, parsed.dport)
	else
		packets.rewrite(frame.data, parsed.src, parsed.sport, self.dut.source[parsed.dport], parsed.dport)
	end
end

-- Frames are on the wire at `depart`, and back at `arrive`: count all that is due by now.
function world:settle()
	local now = self:now()
	for _, device in pairs(self.devices) do
		for _, queue in pairs(device.tx_queues) do
			self:settle_queue(device, queue, now)
		end
	end
end

function world:settle_queue(device, queue, now)
	local out, flying = queue.out, queue.flying
	while out[out.first] and out[out.first].depart <= now do
		local frame = out[out.first]
		out[out.first], out.first = nil, out.first + 1
		device.tx_count = device.tx_count + 1
		frame.arrive = self:forward(device.id == self.settings.inside, frame, frame.depart)
		if frame.arrive then
			flying.last = flying.last + 1
			flying[flying.last] = frame
		end
	end
	local other = self.devices[device.id == self.settings.inside and self.settings.outside
		or self.settings.inside]
	while other and flying[flying.first] and flying[flying.first].arrive <= now do
		local frame = flying[flying.first]
		flying[flying.first], flying.first = nil, flying.first + 1
		other.rx_count = other.rx_count + 1
		local ring = other.rings[frame.stamped and 1 or 0]
		if ring and #ring < 512 and not frame.stamped then
			ring[#ring + 1] = frame
		end
	end
end

-- libmoon restarts the tx queues that a task used when it ends: what is still in a ring is lost, and
-- whether a queue keeps its rate is the driver's business, so here it does not.
function world:reclaim(task)
	self:settle()
	for _, device in pairs(self.devices) do
		for _, queue in pairs(device.tx_queues) do
			if queue.user == task then
				queue.out, queue.last, queue.mbit, queue.sends = {first = 1, last = 0}, 0, nil, 0
			end
		end
	end
end

-- What the tests want to know of a frame, and what no frame may be.
function world:inspect(queue, frame, parsed)
	if not frame.stamped and parsed.ip_length + 14 ~= frame.length and parsed.ip_length ~= 40 then
		self:violate("a frame of %d B says %d B", frame.length, parsed.ip_length + 14)
	end
	self.lengths[frame.length] = (self.lengths[frame.length] or 0) + 1
	if parsed.kind == 2 and not frame.stamped and not parsed.syn then
		self.per_queue[queue.qid] = (self.per_queue[queue.qid] or 0) + 1
		local tuple = ("%d:%d>%d:%d/%d"):format(
			parsed.src, parsed.sport, parsed.dst, parsed.dport, parsed.protocol)
		self.flows[tuple] = (self.flows[tuple] or 0) + 1
		self:check_pace()
	elseif frame.stamped then
		self.probes[("%d:%d"):format(parsed.src, parsed.sport)] = true
	end
	if not self.makes_checksums and not frame.stamped and parsed.ip_sum == 0 then
		self:violate("no checksum in a frame, and the NIC makes none")
	end
end

-- Load must not be faster than it was asked for, whoever paces.
function world:check_pace()
	local slot = math.floor(self:now() / 0.01)
	if slot ~= self.slot then
		self.slot, self.slot_count = slot, 0
	end
	self.slot_count = self.slot_count + 1
	-- a NIC that paces takes what its rings hold at once
	local rings = self.settings.no_rate and 64 or 3 * 1024 + 64
	if self.slot_count > self.settings.pps * 0.01 * 1.1 + rings then
		self:violate("load without limit: %d frames in 10 ms", self.slot_count)
	end
end

function world:transmit(queue, buf, stamped)
	local frame = {data = ffi.new("uint8_t[64]"), length = buf.pkt_len, stamped = stamped}
	ffi.copy(frame.data, buf.data, 64)
	self:inspect(queue, frame, packets.parse(frame.data))
	local bits = (frame.length + 4) * 8
	local line = self.settings.link_mbit * (frame.length + 4) / (frame.length + 24)
	local mbit = math.min(queue.mbit or line, line)
	queue.last = math.max(queue.last, self:now()) + bits / mbit / 1e6 * (self.settings.rate_error or 1)
	frame.depart = queue.last
	queue.out.last = queue.out.last + 1
	queue.out[queue.out.last] = frame
	return frame
end

return world
