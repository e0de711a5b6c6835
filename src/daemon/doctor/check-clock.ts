import {type Finding, fail, ok, warn} from './finding.ts';
import type {ServerTime} from './server-time.ts';

/** The chain takes blocks that are this much ahead of a builder's clock, in ms. */
const BLOCK_AHEAD_MS = 10_000;
/** Members refuse stamps further from their own clocks than this, or than E/24. Chain-rules §4. */
const MAX_OFFSET_MS = 10_000;
/** HTTP dates are whole seconds. */
const DATE_STEP_MS = 1000;
const NOTICEABLE_MS = 1000;

const ADVICE = 'set the clock by NTP (timedatectl set-ntp true): stamps would be refused';

export type ClockFacts = {
  readonly nowMs: number;
  readonly blockTimeMs: number;
  readonly epochSeconds: number;
  readonly server: ServerTime | undefined;
};

/** By how much this clock is ahead at least (behind: negative), in ms; 0 when nothing is proven. */
export function provenOffsetMs({beforeMs, afterMs, dateMs}: ServerTime): number {
  const ahead = beforeMs - (dateMs + DATE_STEP_MS - 1);
  const behind = dateMs - afterMs;
  if (ahead > 0) return ahead;
  return behind > 0 ? -behind : 0;
}

const inWords = (offsetMs: number): string =>
  `at least ${Math.abs(offsetMs)} ms ${offsetMs > 0 ? 'ahead of' : 'behind'}`;

/** This machine's clock against the chain's block time and the API server's clock. */
export function checkClock({nowMs, blockTimeMs, epochSeconds, server}: ClockFacts): Finding {
  const behindBlockMs = blockTimeMs - nowMs;
  if (behindBlockMs > BLOCK_AHEAD_MS) {
    return fail('clock', `the clock is ${behindBlockMs} ms behind the last block`, ADVICE);
  }
  if (server === undefined) {
    return ok('clock', 'the clock is not behind the last block; the API sends no date to compare');
  }
  const offsetMs = provenOffsetMs(server);
  const mostMs = Math.min(MAX_OFFSET_MS, (epochSeconds * 1000) / 24);
  const text = `the clock is ${inWords(offsetMs)} that of the API's server`;
  if (Math.abs(offsetMs) > mostMs) return fail('clock', text, ADVICE);
  if (Math.abs(offsetMs) > NOTICEABLE_MS) return warn('clock', text, ADVICE);
  return ok('clock', "the clock agrees with the last block and with the API's server");
}
