-- Seeded bug: sub-buckets by the clock of whoever calls (the last argument), not by the server's.
-- KEYS, ARGV and returns as lua/admit.lua; windows only.

local time = redis.call('TIME')
local at = string.format('%.3f', time[1] * 1000 + time[2] / 1000)
local now, windows = tonumber(ARGV[#ARGV]), tonumber(ARGV[5])

local function spent(key, bucket)
  local total = 0
  for b = bucket - 12, bucket do total = total + (redis.call('HGET', key, b) or 0) end
  return total
end

local reply = { 1, at }
for w = 1, windows do
  local arg = 3 + 3 * w
  local left = ARGV[arg + 1] - spent(KEYS[1 + w], math.floor(now / (ARGV[arg] / 12)))
  if left < tonumber(ARGV[arg + 2]) then return { 0, at, w, 1000 } end
  reply[2 + w] = left - ARGV[arg + 2]
end
for w = 1, windows do
  local arg = 3 + 3 * w
  redis.call('HINCRBYFLOAT', KEYS[1 + w], math.floor(now / (ARGV[arg] / 12)), ARGV[arg + 2])
end
return reply
