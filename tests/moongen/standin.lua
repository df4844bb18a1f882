-- SPDX-License-Identifier: MIT
-- Stand-in for MoonGen's main program (libmoon dfceafc: src/main.cpp, lua/main.lua, lua/libmoon.lua): it loads
-- the user script afresh for the master and for each task, calls configure and master, says what MoonGen
-- says where MoonGen does, and ends with its exit status.
local worlds = require "world"
local devices = require "devices"
local log = require "log"

-- What reaches another Lua VM: plain data, devices and queues.
local function check_plain(world, value, where)
	local kind = type(value)
	if kind == "table" and not value.__type then
		for key, item in pairs(value) do
			check_plain(world, item, where .. "." .. tostring(key))
		end
	elseif kind ~= "table" and kind ~= "number" and kind ~= "string" and kind ~= "boolean"
		and kind ~= "nil" then
		world:violate("%s is a %s: no other task can have it", where, kind)
	end
end

local function module_moongen(world, load_script)
	local module = {}
	function module.getTime()
		world:advance(2e-6)
		return world:now()
	end
	function module.running()
		return not world.settings.signalled
	end
	function module.sleepMillisIdle(ms)
		world:advance(ms / 1e3)
	end
	function module.startTask(name, ...)
		local args, count = {...}, select("#", ...)
		check_plain(world, args, name)
		local running = 0
		for _, other in ipairs(world.tasks) do
			running = running + (other.done and 0 or 1)
		end
		if running >= (world.settings.cores or 6) then -- the master has one
			log.fatal("libmoon.lua:175", "Not enough cores to start this task")
		end
		world:note("startTask %s", name)
		local results = {}
		local task
		task = world:spawn(name, function()
			local returned = {load_script()[name](unpack(args, 1, count))}
			check_plain(world, returned, name)
			world:reclaim(task)
			results = returned
		end)
		function task:isRunning()
			world:advance(1e-7)
			return not task.done
		end
		function task:wait()
			while not task.done do
				world:advance(1e-3)
			end
			return unpack(results)
		end
		return task
	end
	return module
end

-- argparse: options with a value.
local function new_parser()
	local parser, options = {}, {}
	function parser:description() end
	function parser:option(name)
		local option = {name = name}
		options[name] = option
		function option:target(target) option.key = target return option end
		function option:default(value) option.value = value return option end
		return option
	end
	function parser:parse(args)
		local parsed = {}
		for _, option in pairs(options) do
			parsed[option.key] = option.value
		end
		for i = 1, #args, 2 do
			local option = options[args[i]]
			if not option or args[i + 1] == nil then
				return nil, args[i]
			end
			parsed[option.key] = tonumber(args[i + 1]) or args[i + 1]
		end
		return parsed
	end
	return parser
end

local function loader(world, script, stderr, modules)
	local folder = script:match("(.-)[^/]+$")
	return function()
		local env = setmetatable({}, {__index = _G})
		local loaded = {}
		env._G = env
		env.os = setmetatable({exit = function(status) error({exit = status}, 0) end}, {__index = os})
		env.io = {stderr = {write = function(_, ...) stderr(table.concat{...}) end}, open = io.open}
		function env.require(name)
			if modules[name] then
				return modules[name]
			end
			if not loaded[name] and not name:match("^middlebench") then
				return require(name)
			end
			loaded[name] = loaded[name] or setfenv(assert(loadfile(folder .. name .. ".lua")), env)()
			return loaded[name]
		end
		setfenv(assert(loadfile(script)), env)()
		return env
	end
end

-- Run `script` with the words `args` in a world of `settings`: exit status, world.
return function(script, args, settings, stderr)
	local world = worlds.new(settings)
	local readable, fault = loadfile(script)
	if not readable then -- main.lua:37, main.cpp:97
		stderr(log.unhandled(fault))
		return 255, world
	end
	local modules = devices(world)
	local load_script = loader(world, script, stderr, modules)
	modules.moongen = module_moongen(world, function() return load_script() end)
	local parser, env = new_parser(), nil
	local loaded, crash = pcall(function()
		env = load_script()
		env.configure(parser)
	end)
	if not loaded then -- main.lua:72 and 80: it returns
		world.said[1] = log.trace("master", crash)
		return 0, world
	end
	local parsed, unknown = parser:parse(args)
	if not parsed then
		stderr("Error: unknown option '" .. tostring(unknown) .. "'\n")
		return 1, world
	end
	stderr("EAL: Detected 8 lcore(s)\n") -- eal_common_lcore.c:109, whatever comes of it
	world:spawn("master", function() env.master(parsed) end)
	local thrown = world:run() or {exit = 0}
	return thrown.exit or 99, world
end
