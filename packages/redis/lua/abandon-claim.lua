-- The holder does not know whether the effect happened: the key is unknown from now on, for as long as results are kept.
--
-- KEYS[1]  the effect, see claim.lua
-- ARGV[1]  token of the holder
--
-- Returns 1, or 0 when the claim is no longer this holder's.

local known = redis.call('HMGET', KEYS[1], 'token', 'state', 'keep')
if known[1] ~= ARGV[1] or known[2] == 'settled' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'unknown')
redis.call('PEXPIRE', KEYS[1], known[3])
return 1
