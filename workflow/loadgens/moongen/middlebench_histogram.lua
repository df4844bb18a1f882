-- SPDX-License-Identifier: MIT
-- Latency histogram [ns] in softgen's form: linear below 256 ns, then 128 buckets an octave, so that no
-- bucket is wider than 0.8 % of its lower bound.
local histogram = {}
histogram.__index = histogram

local SUB = 128

function histogram.new()
	return setmetatable({sent = 0, count = 0, sum = 0, counts = {}}, histogram)
end

local function index(ns)
	ns = math.floor(ns)
	if ns < 2 * SUB then
		return ns
	end
	local _, exponent = math.frexp(ns)
	local shift = exponent - 8
	return shift * SUB + math.floor(ns / 2 ^ shift)
end

local function lower(bucket)
	if bucket < 2 * SUB then
		return bucket
	end
	local shift = math.floor(bucket / SUB) - 1
	return (bucket - shift * SUB) * 2 ^ shift
end

-- One probe was sent; nil: it was lost.
function histogram:update(ns)
	self.sent = self.sent + 1
	if not ns then
		return
	end
	local bucket = index(ns)
	self.counts[bucket] = (self.counts[bucket] or 0) + 1
	self.count, self.sum = self.count + 1, self.sum + ns
	self.min = math.min(self.min or ns, ns)
	self.max = math.max(self.max or ns, ns)
end

-- Plain data, to leave a task with: {sent, latency or false}.
function histogram:plain()
	if self.count == 0 then
		return {sent = self.sent, received = 0, latency = false}
	end
	local buckets = {}
	for bucket, count in pairs(self.counts) do
		buckets[#buckets + 1] = {lower(bucket), lower(bucket + 1), count}
	end
	table.sort(buckets, function(one, other) return one[1] < other[1] end)
	return {sent = self.sent, received = self.count, latency = {
		count = self.count, min_ns = self.min, mean_ns = self.sum / self.count, max_ns = self.max,
		histogram = buckets,
	}}
end

return histogram
