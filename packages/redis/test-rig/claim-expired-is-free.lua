-- A seeded bug, for the tests to find: a claim that ran out is free, so the effect runs again.
--
-- KEYS[1]  the effect: a hash of print, token, attempt, found, state, until, keep, result
-- KEYS[2]  the tenant's last fencing token
-- KEYS[3]  whether this attempt was withdrawn, see withdraw-claim.lua
-- ARGV[1]  attempt: the same when this command is sent twice, and of no other
-- ARGV[2]  print: the fingerprint of the arguments
-- ARGV[3]  lease: how long the claim counts as held, ms
-- ARGV[4]  keep: how long the result, or that it is unknown, is remembered, ms
--
-- Returns one of
--   { 'claimed', token }    nobody had the key
--   { 'unknown', token }    a holder vanished; the claim is this attempt's now
--   { 'in-progress' }       another attempt holds it
--   { 'conflict' }          another fingerprint
--   { 'settled', result }
--   { 'withdrawn' }         withdraw-claim.lua came first
-- An attempt that holds the key already gets its own answer again.

if redis.call('EXISTS', KEYS[3]) == 1 then return { 'withdrawn' } end

local attempt, print = ARGV[1], ARGV[2]
local lease, keep = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local known = redis.call('HMGET', KEYS[1], 'print', 'token', 'attempt', 'found', 'state', 'until')

local function hold(found, token)
  redis.call('HSET', KEYS[1], 'print', print, 'token', token, 'attempt', attempt, 'found', found,
    'state', 'held', 'until', string.format('%.0f', now + lease), 'keep', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], lease + keep)
  return { found, tonumber(token) }
end

-- Grows with every claim of the tenant, also when the server's clock goes back; and, because it is never behind the server's
-- microseconds, also after everything was lost. Below 2^53 until the year 2255.
local function next_token()
  local last = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(known[2] or '0'))
  local token = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', KEYS[2], token, 'PX', math.max(2 * (lease + keep), redis.call('PTTL', KEYS[2])))
  return token
end

if not known[1] then return hold('claimed', next_token()) end
if known[1] ~= print then return { 'conflict' } end
if known[5] == 'settled' then return { 'settled', redis.call('HGET', KEYS[1], 'result') } end
if known[5] == 'held' then
  if known[3] == attempt then return hold(known[4], known[2]) end
  if tonumber(known[6]) > now then return { 'in-progress' } end
end
return hold('claimed', next_token())
