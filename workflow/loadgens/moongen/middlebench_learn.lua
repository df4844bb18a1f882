-- SPDX-License-Identifier: MIT
-- Before and after the load: is the DUT ready, does it know every flow, does it still forward?
-- These frames go out one by one, paced in software.
--
-- TCP: a tracker holds data after an unanswered SYN for invalid (netfilter does), so the outside port
-- answers each SYN that comes through; then come the flow's data segments, which acknowledge it.
local mg = require "moongen"
local memory = require "memory"
local ffi = require "ffi"
local frames = require "middlebench_frames"

local learn = {}

local PASSES_MIN = 3 -- a connection tracker's third packet takes the path of all later ones
local PASSES_MAX = 10
local SETTLE_S = 0.02
local SINGLE_S = 0.001

local function begin(ports, plan)
	local self = {plan = plan, ports = ports, flows = 0, came = 0, syns = 0, answers = 0, singles = 0}
	self.learned = ffi.new("uint8_t[?]", plan.flows)
	self.bufs = memory.createMemPool(frames.template(plan)):bufArray(1)
	self.write = frames.writer(plan)
	self.seen = memory.bufArray(128)
	if plan.protocol == "tcp" then
		self.syn_bufs = memory.createMemPool(frames.template(plan)):bufArray(1)
		self.answer_bufs = memory.createMemPool(frames.template(plan)):bufArray(1)
		self.write_syn = frames.syn_writer(plan)
	end
	return self
end

local function send(self, queue, bufs)
	frames.checksums(self.plan, bufs)
	queue:send(bufs)
end

local function send_data(self, flow, kind)
	self.bufs:alloc(self.plan.size)
	self.write(self.bufs[1], flow, kind, flow)
	send(self, self.ports.tx, self.bufs)
end

local function send_syn(self, flow)
	self.syn_bufs:alloc(self.plan.size)
	self.write_syn(self.syn_bufs[1], flow)
	send(self, self.ports.tx, self.syn_bufs)
end

local function answer(self, syn)
	self.answer_bufs:alloc(self.plan.size)
	frames.syn_ack(self.answer_bufs[1], syn)
	send(self, self.ports.back, self.answer_bufs)
	self.syns = self.syns + 1
end

local function note(self, kind, number)
	self.came = self.came + (kind == frames.LEARN and 1 or 0)
	self.singles = self.singles + (kind == frames.SINGLE and 1 or 0)
	if kind == frames.LEARN and number < self.plan.flows and self.learned[number] == 0 then
		self.learned[number] = 1
		self.flows = self.flows + 1
	end
end

local function receive(self)
	local tcp = self.plan.protocol == "tcp"
	local count = self.ports.rx:tryRecv(self.seen, 0)
	for i = 1, count do
		if tcp and frames.is_syn(self.seen[i], false) then
			answer(self, self.seen[i])
		else
			note(self, frames.read(self.plan, self.seen[i]))
		end
	end
	self.seen:free(count)
	if not tcp then
		return
	end
	count = self.ports.home:tryRecv(self.seen, 0)
	for i = 1, count do
		self.answers = self.answers + (frames.is_syn(self.seen[i], true) and 1 or 0)
	end
	self.seen:free(count)
end

-- Receive until `enough()`, or `seconds` are over.
local function settle(self, seconds, enough)
	local last = mg.getTime() + seconds
	repeat
		receive(self)
	until enough() or mg.getTime() > last or not mg.running()
end

-- Send each flow that is `wanted`, at the learning rate; how many.
local function send_each(self, send_flow, wanted)
	local sent, due = 0, mg.getTime()
	for flow = 0, self.plan.flows - 1 do
		if wanted(flow) then
			repeat -- at least once a frame, however late: the receive queue is short
				receive(self)
			until mg.getTime() >= due
			send_flow(flow)
			sent, due = sent + 1, math.max(due, mg.getTime() - SINGLE_S) + 1 / self.plan.learn_pps
		end
	end
	return sent
end

local function pass(self)
	if self.plan.protocol == "tcp" then
		local answered = self.answers
		local sent = send_each(self, function(flow) send_syn(self, flow) end,
			function(flow) return self.learned[flow] == 0 end)
		settle(self, SETTLE_S, function() return self.answers >= answered + sent end)
	end
	local before = self.came
	local sent = send_each(self, function(flow) send_data(self, flow, frames.LEARN) end,
		function() return true end)
	settle(self, SETTLE_S, function() return self.came >= before + sent end)
end

-- A frame a millisecond until one comes back, or the time is over; how many were sent.
local function single(self, longest_ms, send_one, arrived)
	local last, sent = mg.getTime() + longest_ms / 1e3, 0
	repeat
		send_one()
		sent = sent + 1
		settle(self, SINGLE_S, arrived)
	until arrived() or mg.getTime() > last or not mg.running()
	return sent
end

-- Wait until flow 0 comes through, then teach the DUT every flow.  ports: tx, rx (load's way), and for
-- TCP back (the outside's tx) and home (the inside's rx).
function learn.run(ports, plan)
	local self, begun = begin(ports, plan), mg.getTime()
	local tcp = plan.protocol == "tcp"
	single(self, plan.ready_ms, function()
		if tcp then
			send_syn(self, 0)
		else
			send_data(self, 0, frames.SINGLE)
		end
	end, function() return self.syns + self.singles > 0 end)
	if self.syns + self.singles == 0 then
		return {failed = ("no frame came through in %g ms"):format(plan.ready_ms)}
	end
	local result = {ready_ms = (mg.getTime() - begun) * 1e3, passes = 0}
	repeat
		pass(self)
		result.passes = result.passes + 1
	until result.passes == PASSES_MAX or (result.passes >= PASSES_MIN and self.flows == plan.flows)
		or not mg.running()
	result.learned = self.flows
	return result
end

-- Does the DUT still forward, now that the load is over?
function learn.stall(ports, plan)
	local self = begin(ports, plan)
	local stale
	repeat -- the queue may be full of old load
		stale = self.ports.rx:tryRecv(self.seen, 0)
		self.seen:free(stale)
	until stale == 0 or not mg.running()
	local function arrived()
		return self.singles > 0
	end
	local sent = single(self, plan.stall_ms, function() send_data(self, 0, frames.SINGLE) end, arrived)
	settle(self, SETTLE_S, arrived)
	return {sent = sent, received = arrived() and 1 or 0}
end

return learn
