-- Whether one of these entries is on the deny list now.
--
-- KEYS[1]  until, see revoke.lua
-- ARGV     entries
--
-- Returns 1 or 0.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, entry in ipairs(ARGV) do
  local ends = redis.call('ZSCORE', KEYS[1], entry)
  if ends and tonumber(ends) > now then return 1 end
end
return 0
