-- Puts one entry on the deny list and tells every instance at once.
--
-- KEYS[1]  until: a sorted set of entries by the time they end, Unix ms
-- KEYS[2]  changes: the same entries by the number of the change that set them
-- KEYS[3]  reasons: a hash of entries to why they are here, for those that have a reason
-- KEYS[4]  undone, see reinstate.lua
-- ARGV[1]  entry
-- ARGV[2]  until, Unix ms
-- ARGV[3]  how many entries there may be, those that were taken back among them
-- ARGV[4]  channel
-- ARGV[5]  what the channel is told, a JSON array; the number of the change is added
-- ARGV[6]  why; empty for no reason, which leaves the one that is there
--
-- Returns 1 when the entry is on the list until that time or longer, 0 when the list is full, -1 when that time is
-- over already.

local ends = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if ends <= now then return -1 end

-- A part at a time: nobody waits long for what others left.
for key = 1, 4, 3 do
  local over = redis.call('ZRANGEBYSCORE', KEYS[key], '-inf', string.format('%.0f', now), 'LIMIT', 0, 1000)
  if #over > 0 then
    redis.call('ZREM', KEYS[key], unpack(over))
    redis.call('ZREM', KEYS[2], unpack(over))
    redis.call('HDEL', KEYS[3], unpack(over))
  end
end

local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
-- On one of the two at the most.
local undone = redis.call('ZREM', KEYS[4], ARGV[1]) == 1
local full = redis.call('ZCARD', KEYS[1]) + redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[3])
if not known and not undone and full then return 0 end

local change = redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0'
if not (known and tonumber(known) >= ends) then
  -- Grows, and, because it is never behind the server's microseconds, also after everything was lost: a copy that knows the
  -- changes up to a number misses none that comes later.
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] or '0'
  change = string.format('%.0f', math.max(time[1] * 1000000 + time[2], tonumber(last) + 1))
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('ZADD', KEYS[2], change, ARGV[1])
end
if ARGV[6] ~= '' then redis.call('HSET', KEYS[3], ARGV[1], ARGV[6]) end
for key = 1, 3 do
  if redis.call('PTTL', KEYS[key]) < ends - now then redis.call('PEXPIREAT', KEYS[key], ARGV[2]) end
end
-- May be forbidden to this user: whoever is not told asks.
redis.pcall('PUBLISH', ARGV[4], string.sub(ARGV[5], 1, -2) .. ',' .. change .. ']')
return 1
