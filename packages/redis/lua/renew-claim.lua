-- Keeps a claim from turning unknown, or takes it back when it has and nobody followed.
--
-- KEYS[1]  the effect, see claim.lua
-- ARGV[1]  token of the holder
-- ARGV[2]  lease: how long the claim counts as held from now on, ms
--
-- Returns 1, or 0 when the claim is no longer this holder's.

local known = redis.call('HMGET', KEYS[1], 'token', 'state', 'keep')
if known[1] ~= ARGV[1] or known[2] == 'settled' then return 0 end

local lease = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'held', 'until', string.format('%.0f', now + lease))
redis.call('PEXPIRE', KEYS[1], lease + known[3])
return 1
