import type {Rules} from './rules.ts';

/** The instants of one epoch, Unix ms. A phase is [from, to) in block time. SPEC.md §6.1. */
export type EpochTimes = {
  /** T_e: records stamped up to here belong to the stored set. */
  readonly cutOff: bigint;
  /** S_e: the epoch and round A begin. */
  readonly start: bigint;
  /** Round A ends, the draw is due, round B begins. */
  readonly roundAEnd: bigint;
  /** Round B ends, W is fixed; answers begin with the next block. */
  readonly roundBEnd: bigint;
  /** From here on the answer window closes at the first block that is high enough. */
  readonly answersEnd: bigint;
  /** S_{e+1}. */
  readonly end: bigint;
};

type Clock = Pick<Rules, 'epochSeconds'> & {readonly genesisTimeMs: bigint};

/** Number of the epoch that holds the instant; genesis time begins epoch 0. */
export function epochAt({genesisTimeMs, epochSeconds}: Clock, timeMs: bigint): bigint {
  return (timeMs - genesisTimeMs) / (BigInt(epochSeconds) * 1000n);
}

/** Number of the first epoch that begins at or after an instant, which is not before genesis. */
export function firstEpochFrom(clock: Clock, timeMs: bigint): bigint {
  const epoch = epochAt(clock, timeMs);
  return epochTimes(clock, epoch).start === timeMs ? epoch : epoch + 1n;
}

export function epochTimes({genesisTimeMs, epochSeconds}: Clock, epoch: bigint): EpochTimes {
  const length = BigInt(epochSeconds) * 1000n;
  const start = genesisTimeMs + epoch * length;
  return {
    cutOff: start - length / 12n,
    start,
    roundAEnd: start + length / 6n,
    roundBEnd: start + length / 3n,
    answersEnd: start + (length * 5n) / 6n,
    end: start + length,
  };
}

/** While a window is open, the time after which an empty block may follow its parent, in ms. */
export function windowBlockIntervalMs({epochSeconds}: Pick<Rules, 'epochSeconds'>): bigint {
  return BigInt(Math.max(1000, Math.floor((epochSeconds * 1000) / 120)));
}
