-- SPDX-License-Identifier: MIT
-- MoonGen user script: one trial of load from the tx port through the DUT to the rx port.
--   ./build/MoonGen middlebench.lua [--dpdk-config=FILE] --tx-port N --rx-port N --rate MBIT ... --out FILE
-- The result goes to a file; standard output is MoonGen's log and says nothing.  Exit status: 0 the
-- result was written; 1 refused; 2 a link is down; 3 a task crashed; 4 the NIC did not keep the rate;
-- 5 a hook failed; 6 no frame came through; 7 no result could be written.  MoonGen's own: 1 after an error
-- in a call of the master's, 255 when a file of ours cannot be read or parsed, and 0 after an error while
-- this file is loaded: only a result file is a success.
--
-- Only the master reads the devices' counters (clear on read), and it configures each port once.
local mg = require "moongen"
local device = require "device"
local learn = require "middlebench_learn"
local planning = require "middlebench_plan"
local results = require "middlebench_result"
local tasks = require "middlebench_tasks"

local START_S = 0.5    -- until the tasks' Lua VMs are up; what one is late counts as skipped
local SAMPLE_MS = 1
local OVERRUN = 1.02   -- rates are set in whole Mbit/s
local TX_CHECKSUMS = 14 -- bits 1, 2, 3 of tx_offload_capa: IPv4, UDP, TCP (rte_ethdev.h)

local OPTIONS = {
	{"tx-port", "DPDK port that sends, towards the DUT's inside"},
	{"rx-port", "DPDK port that receives, from the DUT's outside"},
	{"rate", "offered rate [Mbit/s of frames with FCS, without preamble and gap]"},
	{"frame-size", "Ethernet frame with FCS, 64 to 1518 [B]", "64"},
	{"flows", "distinct 5-tuples", "1"},
	{"protocol", "udp or tcp", "udp"},
	{"order", "round_robin or random (RFC 4814)", "round_robin"},
	{"flows-a-destination", "so many of them go to one host", "64512"},
	{"seed", "of the order and of the source ports", "1"},
	{"run-id", "in every payload", "1"},
	{"link-speed", "of both links [Mbit/s]", "10000"},
	{"pacing", "who keeps the rate: hardware or software", "hardware"},
	{"stamps", "who times probes: hardware or software", "hardware"},
	{"dst-mac", "MAC address that frames go to", "02:00:00:00:00:02"},
	{"ready-ms", "how long the first frame may take to come through", "5000"},
	{"warmup-ms", "load that is not counted", "100"},
	{"window-ms", "load that is", "300"},
	{"drain-ms", "how long a packet is waited for", "100"},
	{"stall-ms", "how long the DUT is probed when packets were lost", "100"},
	{"learned", "command, run by the shell when the flows are learned, before warm-up", ":"},
	{"then", "command, run by the shell at the end", ":"},
	{"out", "result file, JSON"},
}

local function stop(status, what, ...)
	io.stderr:write("moongen: ", what:format(...), "\n")
	os.exit(status)
end

-- MoonGen exits with 0 when this fails, so it only declares: values are checked in master.
function configure(parser)
	parser:description("Middlebench: one trial of load through a middlebox.")
	for _, option in ipairs(OPTIONS) do
		local declared = parser:option("--" .. option[1], option[2]):target((option[1]:gsub("-", "_")))
		if option[3] then
			declared:default(option[3])
		end
	end
end

-- Tasks by name: MoonGen loads this file again for each, and calls the global.
mb_load, mb_stamp_hardware, mb_stamp_software = tasks.load, tasks.stamp_hardware, tasks.stamp_software
mb_learn, mb_stall = learn.run, learn.stall

-- What a task returned; a crash is nothing returned.
local function finish(task, name)
	local returned = task:wait()
	if type(returned) ~= "table" then
		stop(3, "task %s crashed; MoonGen's log says why", name)
	elseif returned.failed then
		stop(6, "%s", returned.failed)
	end
	return returned
end

local function hook(name, command)
	local status = os.execute(tostring(command))
	if status ~= 0 and status ~= true then
		stop(5, "--%s fails: %s", name, tostring(command))
	end
end

-- Before each phase: MoonGen restarts the queues that a task used when it ends, and does not say
-- whether they keep their rate.
local function set_rates(bench)
	local plan = bench.plan
	if plan.pacing == "software" then
		return
	end
	for number, mbit in ipairs(plan.queue_mbit) do
		bench.tx:getTxQueue(number - 1):setRate(mbit)
	end
	bench.control:setRate(plan.control_mbit)
	if plan.protocol == "tcp" then
		bench.rx:getTxQueue(0):setRate(plan.control_mbit)
	end
end

-- The names of both ports' drivers, before libmoon configures a port: it would refuse what they cannot do
-- (two rx queues) in words of its own.
local function check_devices(args)
	local highest = device.numDevices() - 1
	for _, name in ipairs{"tx_port", "rx_port"} do
		if args[name] > highest then
			stop(1, "--%s: %d; allowed: up to %d, as DPDK has %d ports: are both bound to its driver?",
				name:gsub("_", "-"), args[name], highest, highest + 1)
		end
	end
	local driver = device.get(args.tx_port):getDriverName()
	local refused = planning.driver_refusal(args, driver, device.get(args.rx_port):getDriverName())
	if refused then
		stop(1, "%s", refused)
	end
	return driver
end

-- libmoon turns offloading off for drivers that it lists; the device knows it of others.
local function makes_checksums(dev)
	local able = bit.band(dev:getInfo().tx_offload_capa, TX_CHECKSUMS) == TX_CHECKSUMS
	return able and not (dev.driverInfo or {}).disableOffloads
end

-- Both ports configured, links up at the speed that was told.
local function prepare(args)
	local plan = planning.make(args)
	local stamp_queue = args.stamps == "hardware" and 1 or 0
	local bench = {plan = plan}
	plan.driver = check_devices(args)
	bench.tx = device.config{port = args.tx_port, rxQueues = 1, txQueues = #plan.queue_mbit + 1}
	bench.rx = device.config{port = args.rx_port, rxQueues = stamp_queue + 1, txQueues = 1}
	local up = device.waitForLinks(bench.tx, bench.rx)
	if up ~= 2 then
		stop(2, "%d of 2 links are up (ports %d and %d): is the cable in, is the DUT up?",
			up, args.tx_port, args.rx_port)
	end
	for _, dev in ipairs{bench.tx, bench.rx} do
		local speed = dev:getLinkStatus().speed
		if speed ~= args.link_speed then
			stop(1, "--link-speed: %d; allowed: %d, that of port %d's link", args.link_speed, speed, dev.id)
		end
	end
	-- TCP's handshake is answered from the rx port
	plan.offload = makes_checksums(bench.tx) and makes_checksums(bench.rx)
	bench.control = bench.tx:getTxQueue(#plan.queue_mbit)
	bench.ports = {tx = bench.control, rx = bench.rx:getRxQueue(0)}
	bench.stamp_rx = bench.rx:getRxQueue(stamp_queue)
	if args.protocol == "tcp" then
		bench.ports.back, bench.ports.home = bench.rx:getTxQueue(0), bench.tx:getRxQueue(0)
	end
	return bench
end

-- A task on the control queue, alone.
local function run_task(bench, name)
	set_rates(bench)
	return finish(mg.startTask("mb_" .. name, bench.ports, bench.plan), name)
end

local function counters(bench)
	return {tx = (bench.tx:getTxStats()), rx = (bench.rx:getRxStats()), time = mg.getTime()}
end

-- Start the tasks of a load; a list of {task, name}.  Without `timed` nothing is stamped in hardware.
local function start_load(bench, seconds, start, timed)
	local plan, running = bench.plan, {}
	set_rates(bench)
	for number, job in ipairs(planning.jobs(plan, seconds)) do
		job.start, job.stop, job.software = start, start + seconds, plan.pacing == "software"
		running[number] = {mg.startTask("mb_load", bench.tx:getTxQueue(number - 1), plan, job), "load"}
	end
	if timed or plan.stamps == "software" then
		local name, job = "mb_stamp_" .. plan.stamps, {start = start, stop = start + seconds}
		running[#running + 1] = {mg.startTask(name, bench.control, bench.stamp_rx, plan, job), "stamp"}
	end
	return running
end

-- Look at the counters once more, and note when they moved first, and last before all planned frames
-- were out (probes go on when a load that was too fast is over).
local function watch(bench, seen)
	local now, last = counters(bench), seen.last
	if now.tx > last.tx then
		seen.before, seen.from = seen.before or last, seen.from or now
		seen.to = (not seen.to or now.tx - seen.start_tx < seen.planned) and now or seen.to
	end
	seen.rx_time = now.rx > last.rx and now.time or seen.rx_time
	seen.last = now
	mg.sleepMillisIdle(SAMPLE_MS)
	return now
end

-- Add up what the tasks that ended say; crashed ones end all.
local function collect(running, sum)
	for i = #running, 1, -1 do
		local task, name = unpack(running[i])
		if not task:isRunning() then
			local returned = finish(task, name)
			sum.handed = sum.handed + (returned.handed or 0)
			sum.skipped = sum.skipped + (returned.skipped or 0)
			sum.stamps = name == "stamp" and returned or sum.stamps
			table.remove(running, i)
		end
	end
end

-- The rate of load [frames/s] between the counters' first and last move, and whether it was more than
-- asked for.  However short: without limit, all frames are out in a few samples.
local function measured_rate(plan, seen, probes, seconds)
	if not seen.from then
		return nil, false
	end
	local from = seen.to.time > seen.from.time and seen.from or seen.before
	local time = seen.to.time - from.time
	local count = math.max(0, seen.to.tx - from.tx - probes * math.min(1, time / seconds))
	return count / time, count > plan.pps * OVERRUN * time + seen.slack
end

-- One load of `seconds`, from an idle DUT until its last frame is back or the drain time over: counters
-- cannot tell frames apart, so no other load may be under way when they are read.
local function run_load(bench, seconds, timed)
	local plan = bench.plan
	local before = counters(bench)
	local start, drain_s = before.time + START_S, plan.drain_ms / 1e3
	local running = start_load(bench, seconds, start, timed)
	local sum = {handed = 0, skipped = 0, stamps = {sent = 0, received = 0}}
	local seen = {last = before, rx_time = start, start_tx = before.tx, planned = 0, slack = 8}
	for _, job in ipairs(planning.jobs(plan, seconds)) do
		seen.planned, seen.slack = seen.planned + job.frames, seen.slack + 2 * job.burst
	end
	local over, now = start + 1.1 * seconds + drain_s, before
	local function sent()
		return #running == 0 and now.tx - before.tx >= sum.handed + sum.stamps.sent
	end
	repeat
		now = watch(bench, seen)
		collect(running, sum)
	until sent() or (#running == 0 and now.time > over)
	over = mg.getTime() + drain_s
	while now.rx - before.rx < now.tx - before.tx and now.time < over do
		now = watch(bench, seen)
	end
	local pps, excess = measured_rate(plan, seen, sum.stamps.sent, seconds)
	if excess then
		stop(4, "sent %.0f Mbit/s, asked for %g: driver %s did not keep the rate",
			pps * plan.frame_size * 8 / 1e6, plan.rate, plan.driver)
	elseif not mg.running() then
		stop(1, "ended by a signal")
	end
	return {
		seconds = seen.planned / plan.pps, handed = sum.handed, skipped = sum.skipped, stamps = sum.stamps,
		tx = now.tx - before.tx, rx = now.rx - before.rx, pps = pps,
		silence_s = math.max(0, (seen.to or now).time - seen.rx_time),
	}
end

function master(args)
	local refused = not args.out and "--out is missing" or planning.refusal(args)
	if refused then
		stop(1, "%s", refused)
	end
	local bench = prepare(args)
	local plan, before = bench.plan, counters(bench)
	local learned = run_task(bench, "learn")
	hook("learned", args.learned)
	if plan.warmup_ms > 0 then
		run_load(bench, plan.warmup_ms / 1e3, false)
	end
	local window = run_load(bench, plan.window_ms / 1e3, true)
	local stall = {sent = 0, received = 0}
	if window.rx < window.tx then
		stall = run_task(bench, "stall")
	end
	local now = counters(bench)
	local total = {tx = now.tx - before.tx, rx = now.rx - before.rx, seconds = now.time - before.time}
	hook("then", args["then"])
	local fault = results.write(results.make(plan, learned, window, stall, total), tostring(args.out))
	if fault then
		stop(7, "%s", fault)
	end
end
