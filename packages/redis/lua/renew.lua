-- Extends the leases of one admission. Those that have expired or were given back stay gone.
--
-- KEYS     the leases
-- ARGV     1 id        of the admission
--          2 leaseMs   how long they live from now on
-- Returns  how many were extended

local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local extended = 0
for _, key in ipairs(KEYS) do
  local ends = redis.call('ZSCORE', key, ARGV[1])
  if ends and tonumber(ends) > now then
    redis.call('ZADD', key, string.format('%.3f', now + ARGV[2]), ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
    extended = extended + 1
  end
end
return extended
