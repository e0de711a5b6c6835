import {afterEach, expect, it, vi} from 'vitest';
import {createGrpcPorts} from '../../../src/plugin/grpc/ports.ts';
import {createLogger} from '../../../src/plugin/logger.ts';

const DAY_MS = 86_400_000;

afterEach(() => vi.useRealTimers());

it('a clock for durations that nobody sets', () => {
  vi.useFakeTimers({toFake: ['Date']});
  const now = (): bigint => BigInt(Date.now());
  const {monotonicMs} = createGrpcPorts({
    now,
    logger: createLogger(process.stderr, now),
    lifecycle: {shutdownReceived: () => undefined, shutdownAnswered: () => undefined},
    onDatabase: () => undefined,
  });
  const start = monotonicMs();
  for (const jump of [DAY_MS, -2 * DAY_MS]) {
    vi.setSystemTime(Date.now() + jump);
    expect(monotonicMs()).toBeGreaterThanOrEqual(start);
    expect(monotonicMs()).toBeLessThan(start + BigInt(DAY_MS));
  }
});
