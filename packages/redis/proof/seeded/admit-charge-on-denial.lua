-- Seeded bug: the windows are charged one after the other, those before the one that refuses too.
-- KEYS, ARGV and returns as lua/admit.lua; windows only, and only the current one of fixed windows.

local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local at = string.format('%.3f', now)
for w = 1, tonumber(ARGV[5]) do
  local arg = 3 + 3 * w
  local total = tonumber(redis.call('INCRBYFLOAT', KEYS[1 + w], ARGV[arg + 2]))
  redis.call('PEXPIRE', KEYS[1 + w], ARGV[arg])
  if total > tonumber(ARGV[arg + 1]) then return { 0, at, w, 1000 } end
end
return { 1, at }
