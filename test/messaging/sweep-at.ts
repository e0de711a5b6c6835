import type {SweepLimits} from '../../src/messaging/sweeper.ts';

/** One sweep for which nothing up to an instant, Unix ms, counts any more. */
export function sweepAt(
  {sweep}: {readonly sweep: (limits: SweepLimits) => Promise<number>},
  atMs: bigint,
): Promise<number> {
  return sweep({keepFromMs: atMs, endedUntilMs: atMs});
}

/** As many as there is something for. */
export async function sweepAllAt(
  messaging: Parameters<typeof sweepAt>[0],
  atMs: bigint,
): Promise<void> {
  while ((await sweepAt(messaging, atMs)) > 0);
}
