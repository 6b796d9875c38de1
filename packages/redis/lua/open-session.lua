-- Opens a session, if its owner and everybody together have room for it.
--
-- KEYS[1]  all sessions: a sorted set of ids by the time they end, ms of the server
-- KEYS[2]  the owner's, the same
-- ARGV[1]  id
-- ARGV[2]  idle: how long it lives without a touch, ms
-- ARGV[3]  how many the owner may have
-- ARGV[4]  how many there may be in all
--
-- Returns 'opened', 'owner_full' or 'full'.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for key = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[key], '-inf', string.format('%.0f', now)) end

if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 'owner_full' end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end

local ends = string.format('%.0f', now + ARGV[2])
for key = 1, 2 do
  redis.call('ZADD', KEYS[key], ends, ARGV[1])
  if redis.call('PTTL', KEYS[key]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[key], ARGV[2]) end
end
return 'opened'
