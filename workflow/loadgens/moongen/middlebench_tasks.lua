-- SPDX-License-Identifier: MIT
-- The tasks under load: who sends it, and who times probes in it.  Each runs in a Lua VM of its own.
local mg = require "moongen"
local memory = require "memory"
local timestamping = require "timestamping"
local frames = require "middlebench_frames"
local histogram = require "middlebench_histogram"

local tasks = {}

local RING, RING_MARGIN = 1024, 1.05 -- descriptors of a tx queue, libmoon's number
local LATE_S = 0.001 -- paced in software, what is later is skipped, never caught up

local function wait_until(start)
	while start - mg.getTime() > 0.002 and mg.running() do
		mg.sleepMillisIdle(1)
	end
end

-- Send job.frames on one queue from job.start on, not after job.stop (times of mg.getTime).  The NIC
-- paces, or with job.software this loop.  Returns what was handed to the queue.
function tasks.load(queue, plan, job)
	local bufs = memory.createMemPool(frames.template(plan)):bufArray(job.burst)
	local write, next_flow = frames.writer(plan), frames.order(plan, job.first_flow, job.number)
	local handed, skipped = 0, 0
	wait_until(job.start)
	while handed + skipped < job.frames and mg.running() do
		local now = mg.getTime()
		local late = now - job.start - (handed + skipped) / job.pps
		if now >= job.stop then
			break
		elseif job.software and late > LATE_S then
			skipped = math.min(job.frames - handed,
				skipped + math.ceil(late * job.pps / job.burst) * job.burst)
		elseif now >= job.start and (late >= 0 or not job.software) then
			bufs:alloc(plan.size)
			for i = 1, job.burst do
				local flow = next_flow()
				write(bufs[i], flow, frames.LOAD, flow)
			end
			frames.checksums(plan, bufs)
			queue:send(bufs)
			handed = handed + job.burst
		end
	end
	-- MoonGen empties the rings of a task that ends: stay until all that is in this one is out
	wait_until(mg.getTime() + 0.002 + RING_MARGIN * math.min(handed, RING) / job.pps)
	return {handed = handed, skipped = job.frames - handed}
end

-- Time one probe at a time in hardware, job.probe_pps at most.
function tasks.stamp_hardware(tx, rx, plan, job)
	local stamper = timestamping:newUdpTimestamper(tx, rx)
	local next_flow, address = frames.order(plan, 0, 0), frames.address_probe(plan)
	local seen, due = histogram.new(), job.start
	local function modify(buf)
		address(buf, next_flow())
	end
	wait_until(job.start)
	while mg.getTime() < job.stop and mg.running() do
		if mg.getTime() >= due then
			due = math.max(due + 1 / plan.probe_pps, mg.getTime())
			seen:update(stamper:measureLatency(plan.probe_size, modify, plan.drain_ms))
		end
	end
	return seen:plain()
end

-- The same with stamps of this loop's, which also reads all load, so that what comes back is counted on
-- devices that count only what is read.  A probe that the overflowing queue dropped counts as lost.
function tasks.stamp_software(tx, rx, plan, job)
	local bufs = memory.createMemPool(frames.template(plan)):bufArray(1)
	local came = memory.bufArray(128)
	local write, next_flow = frames.writer(plan), frames.order(plan, 0, 0)
	local seen, due, number, sent_at = histogram.new(), job.start, 0, nil
	local last = job.stop + plan.drain_ms / 1e3
	wait_until(job.start)
	while mg.getTime() < last and mg.running() do
		local now = mg.getTime()
		if sent_at and now - sent_at > plan.drain_ms / 1e3 then
			seen:update(nil)
			sent_at = nil
		elseif not sent_at and now >= due and now < job.stop then
			due = math.max(due + 1 / plan.probe_pps, now)
			number = number + 1
			bufs:alloc(plan.probe_size)
			write(bufs[1], next_flow(), frames.PROBE, number)
			frames.checksums(plan, bufs)
			sent_at = mg.getTime()
			tx:send(bufs)
		end
		local count = rx:tryRecv(came, 0)
		local arrived = count > 0 and mg.getTime()
		for i = 1, count do
			local kind, which = frames.read(plan, came[i])
			if sent_at and kind == frames.PROBE and which == number then
				seen:update((arrived - sent_at) * 1e9)
				sent_at = nil
			end
		end
		came:free(count)
	end
	if sent_at then
		seen:update(nil)
	end
	return seen:plain()
end

return tasks
