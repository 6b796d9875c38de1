-- Gives the leases of one admission back. Windows stay charged.
--
-- KEYS     the leases
-- ARGV     1 id   of the admission
-- Returns  how many were held

local held = 0
for _, key in ipairs(KEYS) do held = held + redis.call('ZREM', key, ARGV[1]) end
return held
