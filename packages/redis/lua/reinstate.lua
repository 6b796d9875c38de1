-- Takes one entry off the deny list before its time and tells every instance at once.
--
-- KEYS[1]  until, see revoke.lua
-- KEYS[2]  changes
-- KEYS[3]  reasons
-- KEYS[4]  undone: entries that were taken back, by the time they would have ended
-- ARGV[1]  entry
-- ARGV[2]  channel
-- ARGV[3]  what the channel is told, a JSON array; the number of the change is added
--
-- Returns 1 when the entry was on the list, otherwise 0.

local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not ends or tonumber(ends) <= now then return 0 end

-- The change stays for as long as a copy may hold the entry.
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] or '0'
local change = string.format('%.0f', math.max(time[1] * 1000000 + time[2], tonumber(last) + 1))
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[2], change, ARGV[1])
redis.call('ZADD', KEYS[4], ends, ARGV[1])
for key = 2, 4, 2 do
  if redis.call('PTTL', KEYS[key]) < tonumber(ends) - now then redis.call('PEXPIREAT', KEYS[key], ends) end
end
-- May be forbidden to this user: whoever is not told asks.
redis.pcall('PUBLISH', ARGV[2], string.sub(ARGV[3], 1, -2) .. ',' .. change .. ']')
return 1
