-- Gives a key back: its effect is known not to have happened.
--
-- KEYS[1]  the effect, see claim.lua
-- ARGV[1]  token of the holder
--
-- Returns 1, or 0 when the claim is no longer this holder's.

local known = redis.call('HMGET', KEYS[1], 'token', 'state')
if known[1] ~= ARGV[1] or known[2] == 'settled' then return 0 end
return redis.call('DEL', KEYS[1])
