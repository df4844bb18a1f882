-- SPDX-License-Identifier: MIT
-- What may be asked for, and what follows from it: sizes, rates of the queues, numbers of frames.
-- Nothing here touches a device.
local plan = {}

local CRC = 4            -- MoonGen's sizes are without it, its rates are with it
local LINE_OVERHEAD = 20 -- preamble 7, delimiter 1, gap 12
local FLOWS_MAX = 16000000
local PROBE_FRAME_MIN = 80 -- smallest PTP over UDP frame that NICs stamp: 76 B without CRC
local PROBES_MAX = 1000    -- a second: one is under way at a time
local PROBE_SHARE = 0.01   -- of the load, at most
local BURST_MAX, BURST_S = 63, 0.001
local LEARN_PPS = 200000
local RATE_MAX = 65535 -- setRate takes 16 bit

-- Drivers whose queues keep a rate, and whose NICs stamp UDP frames to any port.  On others MoonGen
-- only warns, and sends at line rate (or, i40e, limits the whole device; igb and i40e stamp port 319).
local RATE_DRIVERS = {net_ixgbe = true, rte_ixgbe_pmd = true}
local STAMP_DRIVERS = {net_ixgbe = true, rte_ixgbe_pmd = true}

-- What the configuration sets has the range of workflow/schemas/config.schema.yaml.
local NUMBERS = {
	{"tx_port", 0, 255, true}, {"rx_port", 0, 255, true},
	{"rate", 0.001, RATE_MAX}, {"frame_size", 64, 1518, true}, {"flows", 1, FLOWS_MAX, true},
	{"flows_a_destination", 1024, FLOWS_MAX, true},
	{"link_speed", 10, 1e6, true}, {"seed", 0, 4294967295, true}, {"run_id", 0, 4294967295, true},
	{"ready_ms", 1, 60000}, {"warmup_ms", 0, 600000}, {"window_ms", 1, 1e6}, {"drain_ms", 1, 10000},
	{"stall_ms", 1, 60000},
}
local WORDS = {
	protocol = {"udp", "tcp"}, order = {"round_robin", "random"}, stamps = {"hardware", "software"},
	pacing = {"hardware", "software"},
}

local function option(name)
	return "--" .. name:gsub("_", "-")
end

local function refused_number(args, name, low, high, whole)
	local value = tonumber(args[name])
	if value and value >= low and value <= high and (not whole or value == math.floor(value)) then
		args[name] = value
		return nil
	end
	return ("%s: %s; allowed: %s from %g to %g"):format(
		option(name), tostring(args[name]), whole and "a whole number" or "a number", low, high)
end

local function refused_word(args, name, allowed)
	for _, word in ipairs(allowed) do
		if args[name] == word then
			return nil
		end
	end
	return ("%s: %s; allowed: %s"):format(option(name), tostring(args[name]), table.concat(allowed, ", "))
end

function plan.line_rate(link_mbit, frame_size)
	return link_mbit * frame_size / (frame_size + LINE_OVERHEAD)
end

-- Why `args` cannot be measured, in one line, or nil.  Numbers in it become numbers.
function plan.refusal(args)
	for _, number in ipairs(NUMBERS) do
		local refused = refused_number(args, unpack(number))
		if refused then
			return refused
		end
	end
	for name, allowed in pairs(WORDS) do
		local refused = refused_word(args, name, allowed)
		if refused then
			return refused
		end
	end
	local highest = plan.line_rate(args.link_speed, args.frame_size)
	if args.rate > highest then
		return ("--rate: %g Mbit/s; allowed: up to %.0f, line rate of a link of %d Mbit/s at %d B")
			:format(args.rate, math.floor(highest), args.link_speed, args.frame_size)
	elseif args.pacing == "hardware" and args.rate ~= math.floor(args.rate) then
		return ("--rate: %g Mbit/s; allowed: whole Mbit/s, as NICs cut the rest"):format(args.rate)
	elseif args.tx_port == args.rx_port then
		return ("--rx-port: %d, the tx port; allowed: another"):format(args.rx_port)
	elseif args.protocol == "tcp" and args.stamps == "hardware" then
		return "--stamps: hardware; allowed with --protocol tcp: software (NICs stamp UDP frames only)"
	end
end

-- Why this driver cannot do what `args` wants, or nil.
function plan.driver_refusal(args, tx_driver, rx_driver)
	if args.pacing == "hardware" and not RATE_DRIVERS[tx_driver] then
		return ("--pacing: hardware; allowed with driver %s, which keeps no rate: software"):format(tx_driver)
	end
	for _, driver in ipairs{tx_driver, rx_driver} do
		if args.stamps == "hardware" and not STAMP_DRIVERS[driver] then
			return ("--stamps: hardware; allowed with driver %s: software"):format(driver)
		end
	end
end

-- Rates [whole Mbit/s] of the load's queues.  Rate control in hardware misbehaves from
-- (frame / (frame + 20))^2 of the link on, 58 % at 64 B, up to line rate: then three queues share.
local function queue_rates(args)
	local share = args.frame_size / (args.frame_size + LINE_OVERHEAD)
	if args.pacing == "software" or args.rate < share * share * args.link_speed then
		return {args.rate}
	end
	local third = math.floor(args.rate / 3)
	local rest = args.rate - 3 * third
	return {third + (rest > 0 and 1 or 0), third + (rest > 1 and 1 or 0), third}
end

-- All that the tasks need, plain data.
function plan.make(args)
	local made = {}
	for key, value in pairs(args) do
		made[key] = value
	end
	made.size = args.frame_size - CRC
	made.pps = args.rate * 1e6 / 8 / args.frame_size
	made.queue_mbit = queue_rates(args)
	-- the control queue (learning, single frames, probes) is paced in software; this only caps it
	local line = plan.line_rate(args.link_speed, args.frame_size)
	made.control_mbit = math.max(1, math.floor(math.min(line, LEARN_PPS * 1.1 * args.frame_size * 8 / 1e6)))
	made.learn_pps = math.min(LEARN_PPS, made.control_mbit * 0.9e6 / 8 / args.frame_size)
	made.probe_pps = math.min(PROBES_MAX, math.max(1, made.pps * PROBE_SHARE))
	made.probe_frame = args.stamps == "hardware" and math.max(args.frame_size, PROBE_FRAME_MIN)
		or args.frame_size
	made.probe_size = made.probe_frame - CRC
	made.tag = args.run_id % 65536
	return made
end

-- What each load queue sends in `seconds`: frames (whole bursts), burst, pps, first flow.
function plan.jobs(made, seconds)
	local jobs = {}
	for number, mbit in ipairs(made.queue_mbit) do
		local pps = mbit * 1e6 / 8 / made.frame_size
		local burst = math.max(1, math.min(BURST_MAX, math.floor(pps * BURST_S)))
		jobs[number] = {
			pps = pps, burst = burst,
			frames = math.max(1, math.floor(pps * seconds / burst + 0.5)) * burst,
			first_flow = math.floor((number - 1) * made.flows / #made.queue_mbit),
			number = number,
		}
	end
	return jobs
end

return plan
