-- Charges every window and takes every lease of one call, or none of them, by the server's clock.
--
-- KEYS     1              the admission: remembers for a while that this id was admitted
--          2 …            the windows, then the leases
-- ARGV     1 id           of the admission; an id that is known is admitted again and charged nothing
--          2 deadline     in ms of the server's clock; after it nothing is charged
--          3 leaseMs      how long a lease lives without renewal
--          4 rememberMs   how long the id is known
--          5 windows      how many there are
--          6 …            windowMs, or 'day' or 'month' for a budget; limit; cost; of each window; then the limit of each lease
-- Returns  { 1, now, remaining … }                       admitted
--          { 0, now, which, retryAfterMs, remaining … }  refused by the limit `which`, counted as in KEYS without the first
--          { -1, now }                                   too late
--          `now` in ms, as text because a reply has no fractions; one `remaining` for each window, in whole units.
--
-- A window is 14 doubles: the newest sub-bucket's number, then a ring of 13 sub-buckets of a twelfth of the window each.
-- Twelve cover it; the thirteenth is the oldest, partly outside, and counted in full: so never more than the limit in any
-- rolling window, and at most a twelfth of a window too early. A budget is 3 doubles: when the day or month of UTC starts and
-- ends, in ms since 1970, and what was spent in it. A lease is a member of a sorted set, scored with its end.

local slots = 13
local layout = '<dddddddddddddd'
local call = redis.call
local leaseRetryMs = 1000
local dayMs = 86400000
local most = 9007199254740991

local time = call('TIME')
local now = time[1] * 1000 + time[2] / 1000
-- As text: what Lua makes of a number by itself is a tenth of a millisecond off.
local at = string.format('%.3f', now)
if now > tonumber(ARGV[2]) then return { -1, at } end

local id, leaseMs, windows = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[5])
local kept = call('MGET', unpack(KEYS, 1, 1 + windows))
local known = kept[1]
local which, retryAfterMs = 0, 0
local states, totals, ttls = {}, {}, {}

local function sum(state)
  local total = 0
  for s = 2, slots + 1 do total = total + state[s] end
  return total
end

-- What was spent before, how long until `cost` more fits, and how the window is kept when it is charged, for how long.
local function rolling(packed, windowMs, limit, cost)
  local width = windowMs / 12
  local bucket = math.floor(now / width)
  local state
  if packed then
    state = { struct.unpack(layout, packed) }
    local newest = state[1]
    if newest > bucket + slots then
      -- The clock went far back: what was spent in its future counts from now.
      local spent = sum(state)
      for s = 2, slots + 1 do state[s] = 0 end
      state[2 + bucket % slots] = spent
    else
      for b = math.max(newest + 1, bucket - slots + 1), bucket do state[2 + b % slots] = 0 end
      bucket = math.max(bucket, newest)
    end
  else
    state = { bucket, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  end
  local total, wait = sum(state), 0
  state[1] = bucket
  if total + cost > limit then
    local left = total
    wait = slots * width
    for b = bucket - slots + 1, bucket do
      left = left - state[2 + b % slots]
      if left + cost <= limit then
        wait = (b + slots) * width - now
        break
      end
    end
  end
  state[2 + bucket % slots] = state[2 + bucket % slots] + cost
  return total, wait, struct.pack(layout, unpack(state)), (bucket + slots) * width - now
end

-- Days from 1970 to the first of January.
local function new_year(year)
  return 365 * (year - 1970) + math.floor((year - 1969) / 4) - math.floor((year - 1901) / 100)
    + math.floor((year - 1601) / 400)
end

-- The period of the calendar that it is now: when it starts and when it ends.
local function period(calendar)
  local day = math.floor(now / dayMs)
  if calendar == 'day' then return day * dayMs, (day + 1) * dayMs end
  local year = 1970 + math.floor(day / 366)
  while new_year(year + 1) <= day do year = year + 1 end
  local first, february = new_year(year), new_year(year + 1) - new_year(year) - 337
  for _, length in ipairs({ 31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }) do
    if day < first + length then return first * dayMs, (first + length) * dayMs end
    first = first + length
  end
end

-- The same as `rolling`, of a budget.
local function budget(key, packed, calendar, limit, cost)
  local starts, ends, total
  if packed then starts, ends, total = struct.unpack('<ddd', packed) end
  if not packed or now < starts or now >= ends then
    local first, last = period(calendar)
    -- Set back over the turn of a period: the new one has begun, and goes on. Set back further, what was spent counts from now.
    if not packed or now >= ends then total = 0 end
    if packed and now < starts and last ~= starts then
      call('SET', key, struct.pack('<ddd', first, last, total), 'PX', math.ceil(last - now))
    end
    if last ~= starts then starts, ends = first, last end
  end
  local wait = total + cost > limit and ends - now or 0
  return total, wait, struct.pack('<ddd', starts, ends, total + cost), ends - now
end

for w = 1, windows do
  local arg = 3 + 3 * w
  local windowMs, limit, cost = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local wait
  if windowMs then
    totals[w], wait, states[w], ttls[w] = rolling(kept[1 + w], windowMs, limit, cost)
  else
    totals[w], wait, states[w], ttls[w] = budget(KEYS[1 + w], kept[1 + w], ARGV[arg], limit, cost)
  end
  if not known and wait > retryAfterMs then which, retryAfterMs = w, wait end
end

for l = windows + 1, #KEYS - 1 do
  if known then break end
  local limit = tonumber(ARGV[5 + 2 * windows + l])
  local held = call('ZCARD', KEYS[1 + l])
  if held >= limit then
    call('ZREMRANGEBYSCORE', KEYS[1 + l], '-inf', at)
    held = call('ZCARD', KEYS[1 + l])
    if held >= limit and leaseRetryMs > retryAfterMs then which, retryAfterMs = l, leaseRetryMs end
  end
end

local reply = { 1, at }
if which > 0 then reply = { 0, at, which, math.ceil(retryAfterMs) } end
for w = 1, windows do
  local arg = 3 + 3 * w
  local spent = totals[w] + ((known or which > 0) and 0 or tonumber(ARGV[arg + 2]))
  reply[#reply + 1] = math.floor(math.min(math.max(ARGV[arg + 1] - spent, 0), most))
end
if known or which > 0 then return reply end

for w = 1, windows do
  call('SET', KEYS[1 + w], states[w], 'PX', math.ceil(ttls[w]))
end
for l = windows + 1, #KEYS - 1 do
  call('ZADD', KEYS[1 + l], string.format('%.3f', now + leaseMs), id)
  call('PEXPIRE', KEYS[1 + l], leaseMs)
end
call('SET', KEYS[1], at, 'PX', ARGV[4])
return reply
