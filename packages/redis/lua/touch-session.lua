-- Starts the idle time of a session again.
--
-- KEYS[1]  all sessions, see open-session.lua
-- KEYS[2]  the owner's
-- ARGV[1]  id
-- ARGV[2]  idle: how long it lives without a touch, ms
--
-- Returns 1, or 0 when it is not open or not this owner's.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not known or tonumber(known) <= now then return 0 end

local ends = string.format('%.0f', now + ARGV[2])
for key = 1, 2 do
  redis.call('ZADD', KEYS[key], ends, ARGV[1])
  if redis.call('PTTL', KEYS[key]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[key], ARGV[2]) end
end
return 1
