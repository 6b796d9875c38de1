-- Ends a session, if it is this owner's.
--
-- KEYS[1]  all sessions, see open-session.lua
-- KEYS[2]  the owner's
-- ARGV[1]  id
--
-- Returns 1, or 0 when there was none.

if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
