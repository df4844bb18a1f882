-- SPDX-License-Identifier: MIT
-- The result, in the form of softgen's (workflow/loadgens/softgen/report.c), and as JSON.
local result = {}

result.NULL = setmetatable({}, {__tostring = function() return "null" end})
local NULL = result.NULL

-- What the NICs counted in the window.  Counters of devices say how many frames, not which, so:
--   out_of_order, duplicated   null: cannot be known
--   foreign                    null, but where more came than went: then at least the difference
--   late                       null: what comes after the drain time looks like the frames after it
--   latency_sent               null: a probe is due when it is sent
-- All frames of the window are in them, latency probes too.
local function tally(window)
	local sent = window.tx
	local received = math.min(window.rx, sent)
	local refused = math.max(0, window.handed + window.stamps.sent - sent)
	return {
		duration_s = window.seconds, offered = sent + refused + window.skipped, sent = sent,
		refused = refused, skipped = window.skipped, received = received, arrived = window.rx,
		duplicated = NULL, out_of_order = NULL, latency = window.stamps.latency or NULL, latency_sent = NULL,
	}
end

-- plan: plan.make's; learned, stall: the tasks'; window: the load's; total: counters and time of all.
function result.make(plan, learned, window, stall, total)
	local raw = tally(window)
	return {
		generator = "moongen", protocol = plan.protocol, frame_size = plan.frame_size,
		flows = plan.flows, run_id = plan.run_id, rate_pps = plan.pps,
		ready_ms = learned.ready_ms, learn_passes = learned.passes, learned_flows = learned.learned,
		traffic_ms = total.seconds * 1e3, sent_total = total.tx, received_total = total.rx,
		silence_ms = window.silence_s * 1e3, probes = stall.sent, probes_received = stall.received,
		foreign = window.rx > window.tx and window.rx - window.tx or NULL, late = NULL,
		-- nothing is gated on hardware: every moment counts, and no slice was looked at
		raw = raw, gated = raw, slices = 0, clean_slices = 0,
		generator_gaps = NULL, dut_silences = NULL, dut_stops = NULL, states = NULL, probe = NULL,
		-- a probe waits for room as long as it takes; and frames are counted, not looked at
		probes_refused = NULL, load_check = NULL,
		pacing = {
			by = plan.pacing, driver = plan.driver, link_mbit = plan.link_speed,
			queues_mbit = plan.queue_mbit, asked_mbit = plan.rate,
			measured_mbit = window.pps and window.pps * plan.frame_size * 8 / 1e6 or NULL,
			measured_pps = window.pps or NULL,
		},
		latency_probes = {
			stamps = plan.stamps, frame_size = plan.probe_frame, sent = window.stamps.sent,
			received = window.stamps.received, lost = window.stamps.sent - window.stamps.received,
		},
	}
end

local function number(value)
	if value ~= value or value == math.huge or value == -math.huge then
		return "null"
	end
	return (value == math.floor(value) and "%.0f" or "%.6f"):format(value)
end

local function text(value)
	return '"' .. value:gsub('[%c"\\]', function(char) return ("\\u%04x"):format(char:byte()) end) .. '"'
end

function result.json(value)
	if value == NULL then
		return "null"
	elseif type(value) == "number" then
		return number(value)
	elseif type(value) == "string" then
		return text(value)
	elseif type(value) ~= "table" then
		return tostring(value)
	end
	local parts = {}
	for _, item in ipairs(value) do
		parts[#parts + 1] = result.json(item)
	end
	if #parts > 0 then
		return "[" .. table.concat(parts, ", ") .. "]"
	end
	for key, item in pairs(value) do
		parts[#parts + 1] = text(key) .. ": " .. result.json(item)
	end
	table.sort(parts)
	return "{" .. table.concat(parts, ",\n ") .. "}"
end

-- To a temporary name, then renamed.  Returns why not, or nil.
function result.write(value, path)
	local file, fault = io.open(path .. ".part", "w")
	if not file then
		return fault
	end
	local written
	written, fault = file:write(result.json(value), "\n")
	file:close()
	if not written then
		os.remove(path .. ".part")
		return fault
	end
	written, fault = os.rename(path .. ".part", path)
	return not written and fault or nil
end

return result
