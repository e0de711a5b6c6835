/** A preset's name, as genesis spells it. */
export type PresetName = 'lux' | 'pars' | 'dev';

export type Token = {readonly symbol: string; readonly decimals: number};

/**
 * Consensus rules of one chain: its preset and what genesis changes of it. SPEC.md §3.
 * Amounts are base units of the token.
 */
export type Rules = {
  readonly preset: PresetName;
  readonly token: Token;
  /** E, in seconds. */
  readonly epochSeconds: number;
  /** k: there are 2^k swarms. */
  readonly swarmExponent: number;
  readonly minStake: bigint;
  /** Smallest fee of an account transaction; all of it is burned. */
  readonly minFee: bigint;
  readonly unbondingSeconds: number;
  /** A block's timestamp is at least this much after its parent's. */
  readonly minBlockIntervalMs: number;
  /** The answer window stays open for at least this many heights. */
  readonly answerHeights: number;
  /** With fewer blocks in round A, missing commitments are unjudged. */
  readonly roundAHeights: number;
  /** Misses that cost nothing: at activation, one more per so many passed epochs, at most. */
  readonly credit: {readonly initial: number; readonly growEvery: number; readonly cap: number};
  /** Epochs in a row before the number of swarms changes. */
  readonly swarmHysteresis: number;
  /** Seats filled per swarm and epoch once it has 6 members; 0 means any number. */
  readonly seatsPerEpoch: number;
  /** Positive reports out of 8 that make a node reachable. */
  readonly minPeers: number;
  /** Smallest capacity a node may offer, in bytes. */
  readonly minCapacity: bigint;
};

const DAY_SECONDS = 86_400;
const GIB = 1024n ** 3n;
const MIB = 1024n ** 2n;

const LUX: Rules = {
  preset: 'lux',
  token: {symbol: 'LUX', decimals: 6},
  epochSeconds: 3600,
  swarmExponent: 0,
  minStake: 100_000_000n,
  minFee: 1000n,
  unbondingSeconds: 21 * DAY_SECONDS,
  minBlockIntervalMs: 250,
  answerHeights: 32,
  roundAHeights: 8,
  credit: {initial: 0, growEvery: 0, cap: 0},
  swarmHysteresis: 3,
  seatsPerEpoch: 1,
  minPeers: 4,
  minCapacity: 10n * GIB,
};

const PARS: Rules = {
  ...LUX,
  preset: 'pars',
  token: {symbol: 'PARS', decimals: 9},
  minStake: 15_000_000_000_000n,
  unbondingSeconds: 30 * DAY_SECONDS,
  credit: {initial: 2, growEvery: 30, cap: 48},
};

const DEV: Rules = {
  ...LUX,
  preset: 'dev',
  epochSeconds: 20,
  swarmExponent: 1,
  minFee: 0n,
  unbondingSeconds: 120,
  minBlockIntervalMs: 50,
  answerHeights: 4,
  roundAHeights: 2,
  swarmHysteresis: 1,
  seatsPerEpoch: 0,
  minCapacity: 64n * MIB,
};

export const PRESETS: Readonly<Record<PresetName, Rules>> = {lux: LUX, pars: PARS, dev: DEV};

export function isPresetName(name: unknown): name is PresetName {
  return typeof name === 'string' && Object.hasOwn(PRESETS, name);
}
