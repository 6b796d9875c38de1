-- Adds a part of a batch of usage, that of one tenant, to its day; or nothing, when it was added before.
--
-- KEYS     1            the last batch of this source that was added to this tenant
--          2            the day: a hash of owners by name, each 5 doubles: calls, handler ms, input and output tokens, cost
-- ARGV     1 number     of the batch; numbers of one source grow
--          2 rememberMs how long that number is known
--          3 endsMs     when the retention of the day is over, in ms since 1970
--          4 maxRows    how many owners a day may have
--          5 …          of each entry: owner, the name it is counted under when there is no room, and the 5 numbers
-- Returns  1, or 0 when the batch was added before

local call = redis.call
local layout = '<ddddd'
local per = 7

local last = call('GET', KEYS[1])
if last and tonumber(last) >= tonumber(ARGV[1]) then return 0 end
call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])

local rows = call('HLEN', KEYS[2])
for at = 5, #ARGV, per do
  local owner = ARGV[at]
  local kept = call('HGET', KEYS[2], owner)
  if not kept and rows >= tonumber(ARGV[4]) then
    owner = ARGV[at + 1]
    kept = call('HGET', KEYS[2], owner)
  end
  local sums = { 0, 0, 0, 0, 0 }
  if kept then sums = { struct.unpack(layout, kept) } else rows = rows + 1 end
  for field = 1, 5 do sums[field] = sums[field] + ARGV[at + 1 + field] end
  call('HSET', KEYS[2], owner, struct.pack(layout, unpack(sums, 1, 5)))
end
call('PEXPIREAT', KEYS[2], ARGV[3])
return 1
