-- Stores the result of a claim, also of one that ran out when nobody followed.
--
-- KEYS[1]  the effect, see claim.lua
-- ARGV[1]  token of the holder
-- ARGV[2]  result
--
-- Returns 1 when this result is stored, now or by the same command before; 0 when the claim is no longer this holder's.

local known = redis.call('HMGET', KEYS[1], 'token', 'state', 'keep')
if known[1] ~= ARGV[1] then return 0 end
if known[2] == 'settled' then return redis.call('HGET', KEYS[1], 'result') == ARGV[2] and 1 or 0 end

redis.call('HSET', KEYS[1], 'state', 'settled', 'result', ARGV[2])
redis.call('PEXPIRE', KEYS[1], known[3])
return 1
