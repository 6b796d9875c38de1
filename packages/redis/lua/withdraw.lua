-- Undoes an admission whose caller never learned of it: the call did not run, so it must have cost nothing. To be sent after
-- the admission's deadline: from then on it is either charged already or never.
--
-- KEYS     as for admit
-- ARGV     1 id        of the admission
--          2 windows   how many there are
--          3 …         windowMs, or the period of the calendar; cost; of each window
-- Returns  1 when it was undone, 0 when there was nothing to undo

local slots = 13
local layout = '<' .. string.rep('d', slots + 1)

local at = redis.call('GET', KEYS[1])
if not at then return 0 end
redis.call('DEL', KEYS[1])
local windows = tonumber(ARGV[2])
for w = 1, windows do
  local packed = redis.call('GET', KEYS[1 + w])
  if packed then
    local width, cost = tonumber(ARGV[1 + 2 * w]), ARGV[2 + 2 * w]
    local undone
    if not width then
      local starts, ends, units = struct.unpack('<ddd', packed)
      if tonumber(at) >= starts and tonumber(at) < ends then
        undone = struct.pack('<ddd', starts, ends, math.max(0, units - cost))
      end
    else
      local state = { struct.unpack(layout, packed) }
      local bucket = math.floor(at / (width / 12))
      local slot = 2 + bucket % slots
      if state[1] - bucket < slots then
        state[slot] = math.max(0, state[slot] - cost)
        undone = struct.pack(layout, unpack(state))
      end
    end
    if undone then redis.call('SET', KEYS[1 + w], undone, 'KEEPTTL') end
  end
end
for l = windows + 2, #KEYS do redis.call('ZREM', KEYS[l], ARGV[1]) end
return 1
