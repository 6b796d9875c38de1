-- Seeded bug: nothing remembers which admission was charged, so one whose reply is lost cannot be undone.
-- KEYS, ARGV and returns as lua/admit.lua; windows only, and only the current one of fixed windows.

local time = redis.call('TIME')
local at = string.format('%.3f', time[1] * 1000 + time[2] / 1000)
local windows = tonumber(ARGV[5])
for w = 1, windows do
  local arg = 3 + 3 * w
  if (redis.call('GET', KEYS[1 + w]) or 0) + ARGV[arg + 2] > tonumber(ARGV[arg + 1]) then return { 0, at, w, 1000 } end
end
for w = 1, windows do
  local arg = 3 + 3 * w
  redis.call('INCRBYFLOAT', KEYS[1 + w], ARGV[arg + 2])
  redis.call('PEXPIRE', KEYS[1 + w], ARGV[arg])
end
return { 1, at }
