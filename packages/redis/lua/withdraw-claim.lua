-- Takes back a claim whose answer never arrived, so that nobody ran anything under it: the key is what it was before. A claim
-- that arrives later still, over a connection that was given up, claims nothing.
--
-- KEYS[1]  the effect, see claim.lua
-- KEYS[2]  that this attempt was withdrawn
-- ARGV[1]  attempt, as it was sent to claim.lua
-- ARGV[2]  how long that is remembered, ms
--
-- Returns 1 when the claim was there, otherwise 0.

redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'attempt', 'state', 'found', 'keep')
if known[1] ~= ARGV[1] or known[2] ~= 'held' then return 0 end
if known[3] == 'claimed' then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'state', 'unknown')
redis.call('PEXPIRE', KEYS[1], known[4])
return 1
