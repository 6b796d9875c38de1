-- Seeded bug: a lease is a counter, up with each admission and down with each release, with an expiry for the crashed.
-- KEYS, ARGV and returns as lua/admit.lua; leases only.

local time = redis.call('TIME')
local at = string.format('%.3f', time[1] * 1000 + time[2] / 1000)
local windows = tonumber(ARGV[5])
for l = windows + 1, #KEYS - 1 do
  local held = tonumber(redis.call('GET', KEYS[1 + l]) or 0)
  if held >= tonumber(ARGV[5 + 2 * windows + l]) then return { 0, at, l, 1000 } end
end
for l = windows + 1, #KEYS - 1 do
  redis.call('INCR', KEYS[1 + l])
  redis.call('PEXPIRE', KEYS[1 + l], ARGV[3])
end
return { 1, at }
