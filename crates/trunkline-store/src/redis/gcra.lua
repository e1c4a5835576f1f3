-- One step of a generic cell rate algorithm, by this server's clock, in microseconds.
--
-- KEYS[1]  the account's quota: a hash of `tat` (when all that was taken is earned again, the theoretical arrival
--          time) and of `w0` and `w1` (until when a waiter of that lane is expected back)
-- ARGV     interval (one permit's worth), burst, lane (0 goes first, 2 last), refill (whether a quota without a
--          record is full, 1, or empty, 0)
-- returns  whether a permit was taken (1 or 0), the wait until asking again, the permits left
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local lane, refill = tonumber(ARGV[3]), tonumber(ARGV[4])
local grace = 50000

local stored = redis.call('HMGET', KEYS[1], 'tat', 'w0', 'w1')
local empty = now + burst * interval
local tat = tonumber(stored[1]) or (refill == 1 and now or empty)
-- Later than any request can have made it: the clock was set back, or the burst is smaller now.
tat = math.min(math.max(tat, now), empty)
local waiters = {}
for i = 0, 1 do
  -- No wait is ever longer than that, so that this bounds a clock that was set back, too.
  waiters[i] = math.min(tonumber(stored[i + 2]) or 0, now + interval + 2 * grace)
end

-- Not before a permit is earned, nor before those who go first.
local due = tat - (burst - 1) * interval
for i = 0, lane - 1 do
  due = math.max(due, waiters[i])
end
local wait = math.max(due - now, 0)
if wait == 0 then
  tat = tat + interval
elseif lane < 2 then
  waiters[lane] = math.max(waiters[lane], due + grace)
end

local gone = math.max(tat, waiters[0], waiters[1]) - now
redis.call('HSET', KEYS[1], 'tat', string.format('%.0f', tat),
  'w0', string.format('%.0f', waiters[0]), 'w1', string.format('%.0f', waiters[1]))
redis.call('PEXPIRE', KEYS[1], math.floor(gone / 1000) + 1)
local left = math.floor((empty - tat) / interval)
return { wait == 0 and 1 or 0, wait, left }
