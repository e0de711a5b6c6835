import type {Hex} from './hex.ts';

/** What the rules of SPEC.md §3 leave to genesis, presets and upgrades. */
export type Rules = {
  readonly epochSeconds: number;
  readonly swarmExponent: number;
  readonly minStake: bigint;
  readonly minFee: bigint;
  readonly unbondingSeconds: number;
  readonly minBlockIntervalMs: number;
  readonly answerHeights: number;
  readonly roundAHeights: number;
  readonly credit: {readonly initial: number; readonly growEvery: number; readonly cap: number};
  readonly swarmHysteresis: number;
  readonly seatsPerEpoch: number;
  readonly minPeers: number;
  readonly minCapacity: bigint;
};

export type Upgrade = {readonly activatesAtMs: number; readonly rules: Rules};

export type Config = {
  readonly networkId: number;
  readonly chainId: Hex;
  /** S_0, Unix ms. */
  readonly genesisTimeMs: number;
  readonly rules: Rules;
  /** Ascending. */
  readonly upgrades: readonly Upgrade[];
};

/** Instants of one epoch, Unix ms. SPEC.md §6.1. */
export type Times = {
  readonly start: number;
  readonly roundAEnd: number;
  readonly roundBEnd: number;
  readonly answersEnd: number;
  readonly end: number;
};

export function epochOf({genesisTimeMs, rules}: Config, timestamp: number): number {
  return Math.floor((timestamp - genesisTimeMs) / (1000 * rules.epochSeconds));
}

export function timesOf({genesisTimeMs, rules}: Config, epoch: number): Times {
  const length = 1000 * rules.epochSeconds;
  const start = genesisTimeMs + epoch * length;
  return {
    start,
    roundAEnd: start + Math.floor(length / 6),
    roundBEnd: start + Math.floor(length / 3),
    answersEnd: start + Math.floor((5 * length) / 6),
    end: start + length,
  };
}

/** Those of the last upgrade that activates at or before the epoch's start. */
export function rulesOfEpoch(config: Config, epoch: number): Rules {
  const {start} = timesOf(config, epoch);
  let rules = config.rules;
  for (const upgrade of config.upgrades) {
    if (upgrade.activatesAtMs <= start) rules = upgrade.rules;
  }
  return rules;
}
