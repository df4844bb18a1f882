-- SPDX-License-Identifier: MIT
-- Stand-in for what libmoon says of errors (dfceafc: lua/log.lua:122, lua/main.lua:29, lua/colors.lua).
local log = {}

local BASE = "/opt/MoonGen/libmoon/lua/"

local function red(text)
	return "\27[0;31m" .. text .. "\27[0m"
end

-- Thrown with the place of the function that calls log:fatal.
function log.fatal(place, text, ...)
	error(BASE .. place .. ": " .. red(text:format(...)), 0)
end

-- What the handler of errors prints, on standard output; lines of StackTracePlus end with CR LF.
function log.trace(task, message)
	return red("[FATAL] Lua error in task " .. task) .. "\n" .. message
		.. "\r\nStack Traceback\n===============\n(2) Lua local 'run' at file 'middlebench.lua:1'\r\n"
end

-- What main.cpp prints, on standard error, where nothing handles one.
function log.unhandled(message)
	return "Lua error: " .. BASE .. "main.lua:37: " .. message .. "\n"
end

return log
