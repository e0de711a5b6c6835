import type {DutiesInfo} from '../protocol/api.ts';

/** Shortest and longest pause between two looks at the chain, in ms. */
const SHORTEST_MS = 200;
const LONGEST_MS = 30_000;
/** A chain that is silent for this long, or for a tenth of an epoch, is not heard any more. */
const SILENT_MS = 30_000;
/** The longest pause while a duty is sent but not accepted yet, in ms. */
const LONGEST_URGENT_MS = 10_000;

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, Math.floor(value)));
}

/**
 * How long to wait before the next look, in ms: to the end of the phase by block time, at most 1/40
 * of an epoch (1/80 while a duty is under way), so that every duty is tried early in its window.
 * Only durations are taken from this machine; which phase it is, the chain alone says.
 */
export function pauseMs(
  {phaseEndMs, blockTimeMs}: Pick<DutiesInfo, 'phaseEndMs' | 'blockTimeMs'>,
  epochSeconds: number,
  isUrgent: boolean,
): number {
  const epochMs = epochSeconds * 1000;
  const pause = isUrgent
    ? clamp(epochMs / 80, SHORTEST_MS, LONGEST_URGENT_MS)
    : clamp(epochMs / 40, SHORTEST_MS, LONGEST_MS);
  return clamp(phaseEndMs - blockTimeMs, SHORTEST_MS, pause);
}

/** Pause before the nth retry (from 1), in ms: doubles up to the usual pause, spread by half. */
export function retryMs(attempt: number, epochSeconds: number, jitter: number): number {
  const longest = clamp((epochSeconds * 1000) / 40, SHORTEST_MS, LONGEST_MS);
  const pause = clamp(SHORTEST_MS * 2 ** Math.min(attempt - 1, 16), SHORTEST_MS, longest);
  return Math.floor(pause * (0.5 + jitter / 2));
}

/** For how long the chain may be silent until it counts as not heard, in ms. */
export function silenceMs(epochSeconds: number): number {
  return Math.max(SILENT_MS, epochSeconds * 100);
}
