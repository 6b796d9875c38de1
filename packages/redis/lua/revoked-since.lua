-- What changed on the deny list, for an instance that has a copy.
--
-- KEYS[1]  until, see revoke.lua
-- KEYS[2]  changes
-- ARGV[1]  the last change that the copy knows; 0 for none
-- ARGV[2]  how many entries at most
--
-- Returns { change, entries, more }: the last change that the copy knows with these entries, the entries as
-- { entry, until, entry, until, … }, an until of 0 for one that was taken back, and 1 when there are more to ask for, otherwise 0.

local limit = tonumber(ARGV[2])
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
local entries = {}
for at = 1, #changed, 2 do
  entries[at] = changed[at]
  entries[at + 1] = redis.call('ZSCORE', KEYS[1], changed[at]) or '0'
end
return { changed[#changed] or ARGV[1], entries, #changed / 2 >= limit and 1 or 0 }
