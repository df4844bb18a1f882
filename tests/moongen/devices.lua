-- SPDX-License-Identifier: MIT
-- Stand-in for libmoon's modules device, memory and timestamping, in one world.  Places that it follows
-- are those of libmoon dfceafc and of its DPDK, 6d6c77b.
local packets = require "packets"
local log = require "log"

local FRAME_COST_S = 2e-8 -- handing over a frame
local RING = 1024

-- What the drivers say of themselves: drivers/net/*/*_ethdev.c, rte_eth_af_packet.c:311.  Virtio's NIC may
-- make the layer 4's.  libmoon turns offloads off for those in lua/driver/{virtio,vmxnet3}.lua only.
local DRIVERS = {
	net_ixgbe = {capa = 0x203f, queues = 64}, net_i40e = {capa = 0x1fbf, queues = 64},
	net_virtio = {capa = 0x0c, queues = 8, disable = true}, net_af_packet = {capa = 0, queues = 1},
}

local function check_once(world, device, counter)
	local reader = device.readers[counter]
	if reader and reader ~= world.current then
		world:violate("task %s reads the %s counter of device %d, which %s reads",
			world.current.name, counter, device.id, reader.name)
	end
	device.readers[counter] = world.current
end

-- A queue serves one task at a time.
local function claim(world, queue)
	if queue.user and queue.user ~= world.current and not queue.user.done then
		world:violate("tasks %s and %s use one queue", queue.user.name, world.current.name)
	end
	queue.user = world.current
end

local tx_queue = {__type = "txQueue"}
tx_queue.__index = tx_queue

function tx_queue:setRate(mbit)
	local world, link = self.world, self.world.settings.link_mbit
	world:note("setRate %d.%d %s", self.dev.id, self.qid, tostring(mbit))
	if mbit ~= math.floor(mbit) or mbit < 1 or mbit > 65535 then
		world:violate("setRate(%s): the NIC cuts that to 16 bit", tostring(mbit))
	elseif mbit > link then
		world:violate("setRate(%d): above the link's %d, sends without limit", mbit, link)
	elseif not world.links_up[self.dev.id] then
		world:violate("setRate before the link is up: sends without limit")
	elseif world.settings.no_rate then
		world:violate("setRate on a driver without it: sends without limit")
	end
	self.mbit = mbit
end

function tx_queue:send(bufs)
	local world = self.world
	claim(world, self)
	if not self.mbit and not world.settings.no_rate then
		world:violate("queue %d.%d sends without a rate", self.dev.id, self.qid)
	end
	if world.settings.crash == world.current.name then
		error("asked to crash")
	elseif world.settings.hang == world.current.name then
		world.settings.on_hang()
	end
	world:settle()
	local out = self.out
	while out.last - out.first + 1 + bufs.size > RING do
		world:advance_to(math.max(out[out.first].depart, world:now() + 1e-6))
		world:settle()
	end
	for i = 1, bufs.size do
		world:transmit(self, bufs[i])
	end
	world:advance((world.settings.frame_cost_s or FRAME_COST_S) * bufs.size)
	self.sends = (self.sends or 0) + 1
	if self.sends == 5 and world.current.name == "mb_load" then
		world:advance(world.settings.pause_s or 0)
	end
	return bufs.size
end

local rx_queue = {__type = "rxQueue"}
rx_queue.__index = rx_queue

function rx_queue:tryRecv(bufs, wait)
	assert(wait == 0, "the stand-in only looks")
	local world, ring = self.world, self.dev.rings[self.qid]
	claim(world, self)
	world:advance(1e-6)
	world:settle()
	local count = math.min(#ring, bufs.size)
	for i = 1, count do
		local buf = packets.new_buffer()
		buf.data, buf.pkt_len = ring[i].data, ring[i].length
		bufs[i] = buf
	end
	for i = 1, #ring do
		ring[i] = ring[i + count]
	end
	return count
end

local device = {__type = "device"}
device.__index = device

local function queue_of(self, kind, list, qid)
	if not list[qid] then
		self.world:violate("device %d has no %s queue %d", self.id, kind, qid)
	end
	return list[qid]
end

function device:getTxQueue(qid) return queue_of(self, "tx", self.tx_queues, qid) end
function device:getRxQueue(qid) return queue_of(self, "rx", self.rx_queues, qid) end
function device:getDriverName() return self.world:driver() end

function device:getInfo()
	return {tx_offload_capa = DRIVERS[self.world:driver()].capa}
end

function device:getLinkStatus()
	return {status = self.world.links_up[self.id] or false, speed = self.world.settings.link_mbit}
end

function device:getTxStats()
	check_once(self.world, self, "tx")
	self.world:settle()
	return self.tx_count, 0
end

function device:getRxStats()
	check_once(self.world, self, "rx")
	self.world:settle()
	return self.rx_count + (self.world.settings.strangers or 0) * self.world:now(), 0
end

local function module_device(world)
	local module = {}
	local driver = DRIVERS[world:driver()]
	world.makes_checksums = not driver.disable and driver.capa % 16 >= 14
	function module.numDevices() return world.settings.ports or 2 end
	function module.get(port) -- before it is configured too; for one that is not there no driver has a name
		assert(port < module.numDevices(), "bad argument #1 to 'string' (cannot convert 'nil' to 'char *')")
		return world.devices[port] or setmetatable({id = port, world = world}, device)
	end
	function module.config(args)
		if args.port >= module.numDevices() then -- lua/device.lua:100
			log.fatal("device.lua:100", "there are only %d ports, tried to configure port id %d",
				module.numDevices(), args.port)
		end
		for kind, place in pairs{rx = 115, tx = 118} do
			local asked, most = args[kind .. "Queues"], world.settings.queues or driver.queues
			if asked > most then
				log.fatal("device.lua:" .. place, "device supports only %d %s queues, requested %d",
					most, kind, asked)
			end
		end
		world:note("config %d rx=%d tx=%d", args.port, args.rxQueues or 1, args.txQueues or 1)
		if world.devices[args.port] then
			world:violate("port %d configured twice", args.port)
		end
		local made = setmetatable({
			id = args.port, world = world, tx_queues = {}, rx_queues = {}, rings = {}, readers = {},
			tx_count = 0, rx_count = 0, driverInfo = {disableOffloads = driver.disable},
		}, device)
		for qid = 0, (args.txQueues or 1) - 1 do
			made.tx_queues[qid] = setmetatable({
				world = world, dev = made, id = made.id, qid = qid, last = 0,
				out = {first = 1, last = 0}, flying = {first = 1, last = 0},
			}, tx_queue)
		end
		for qid = 0, (args.rxQueues or 1) - 1 do
			made.rings[qid] = {}
			made.rx_queues[qid] = setmetatable({world = world, dev = made, id = made.id, qid = qid}, rx_queue)
		end
		world.devices[args.port] = made
		return made
	end
	function module.waitForLinks(...)
		world:note("waitForLinks")
		local up = 0
		for _, dev in ipairs{...} do
			if up < (world.settings.links or 2) then
				up, world.links_up[dev.id] = up + 1, true
			end
		end
		return up
	end
	return module
end

local buf_array = {}
function buf_array.__index(self, key)
	return type(key) == "number" and rawget(self, "array")[key] or rawget(buf_array, key)
end
function buf_array.__newindex(self, key, value)
	self.array[key] = value
end

function buf_array:alloc(size)
	local world, pool = self.world, self.pool
	if size ~= world.settings.frame_size - 4 then
		world:violate("alloc(%d): sizes are without CRC, %d", size, world.settings.frame_size - 4)
	end
	for i = 1, self.size do
		pool.next = pool.next % #pool.bufs + 1
		self.array[i] = pool.bufs[pool.next]
		self.array[i].pkt_len = size
	end
end

function buf_array:free() end
function buf_array:offloadUdpChecksums() self.world.offloaded = "udp" end
function buf_array:offloadTcpChecksums() self.world.offloaded = "tcp" end

local function module_memory(world)
	local module = {}
	function module.bufArray(size)
		return setmetatable({size = size, array = {}, world = world}, buf_array)
	end
	function module.createMemPool(fill)
		local pool = {next = 0, bufs = {}}
		for i = 1, 64 do -- few, so that they are used again, with what was in them
			pool.bufs[i] = packets.new_buffer()
			fill(pool.bufs[i])
		end
		function pool:bufArray(size)
			local bufs = module.bufArray(size)
			rawset(bufs, "pool", self)
			return bufs
		end
		return pool
	end
	return module
end

local stamper = {}
stamper.__index = stamper

function stamper:measureLatency(size, modify, longest_ms)
	local world = self.tx.world
	local expected = math.max(world.settings.frame_size, 80) - 4
	if size ~= expected then
		world:violate("a probe of %d B without CRC, expected %d", size, expected)
	end
	claim(world, self.tx)
	claim(world, self.rx)
	if not self.tx.mbit then
		world:violate("queue %d.%d sends without a rate", self.tx.dev.id, self.tx.qid)
	end
	local buf = packets.new_buffer()
	buf.pkt_len = size
	modify(buf)
	world:settle()
	local frame = world:transmit(self.tx, buf, true)
	world:advance_to(frame.depart + 1e-9)
	world:settle()
	if not frame.arrive then
		world:advance(longest_ms / 1e3)
		return nil, 0
	end
	world:advance_to(frame.arrive)
	return (frame.arrive - frame.depart) * 1e9, 1
end

local function module_timestamping(world)
	local module = {}
	function module:newUdpTimestamper(tx, rx)
		world:note("newUdpTimestamper tx=%d.%d rx=%d.%d", tx.dev.id, tx.qid, rx.dev.id, rx.qid)
		if rx.qid == 0 then
			world:violate("a timestamper on rx queue 0")
		elseif world.settings.no_stamps then
			error("rx timestamping is not supported by the hardware or driver")
		elseif rx.filtered then
			world:violate("the timestamp filter of an rx queue set twice")
		end
		rx.filtered = true
		return setmetatable({tx = tx, rx = rx}, stamper)
	end
	return module
end

return function(world)
	return {
		device = module_device(world), memory = module_memory(world),
		timestamping = module_timestamping(world),
	}
end
