import {tagged} from './hash.ts';
import type {Hex} from './hex.ts';
import type {Rules} from './rules.ts';

export const ACTIVE = 0;
export const DECOMMISSIONING = 1;
export const RETIRED = 2;

export const NO = 0;
export const BY_WISH = 1;
export const BY_MISSES = 2;
export const BY_EVIDENCE = 3;
export const BY_JOIN_TIMEOUT = 4;

export const NO_SEAT = 0;
export const JOINING = 1;
export const SERVING = 2;

export const NO_SWARM = 0xffff_ffff;

export const UNKNOWN = 0;
export const PASS = 1;
export const MISS = 2;
export const UNJUDGED = 3;

export type Account = {balance: bigint; nonce: number};

/** All that the state says about one node: the records under prefixes 20 … 26, and its seat's. */
export type Node = {
  owner: Hex;
  status: number;
  leaving: number;
  seat: number;
  swarmId: number;
  /** Epoch of the seat. */
  since: number;
  stake: bigint;
  principal: bigint;
  misses: number;
  credit: number;
  creditProgress: number;
  registeredAt: number;
  registeredEpoch: number;
  lastPingAt: number;
  /** Every judged epoch, in order: true for a pass. */
  judged: boolean[];
  lastVerdict: number;
  lastMissReasons: number;
  lastMissEpoch: number;
  hashChainTip: Hex;
  sequence: number;
  retiresAtTransition: number;
  unbondsAt: number;
  deviantStreak: number;
  joiningEpochs: number;
  publicKey: Hex;
  encryptionKey: Hex;
  previousKey: Hex | undefined;
  previousUntil: number;
  nextHashChainTip: Hex | undefined;
  revoked: boolean;
  witnessed: {reports: number; disagreements: number}[];
  excludedUntil: number;
  maintenanceFrom: number;
  maintenanceLeft: number;
  spent: number[];
  fault: {transition: number; epoch: number} | undefined;
  queuedAt: number | undefined;
  successor: Hex | undefined;
};

export type StoredSet = {
  readonly root: Hex;
  readonly recordCount: bigint;
  readonly chunkCount: bigint;
  readonly bytes: bigint;
};

export type Commitment = {readonly c: Hex; readonly set: StoredSet; readonly txId: Hex};

export type Answer = {
  readonly answer: Hex;
  readonly capacity: bigint;
  readonly used: bigint;
  readonly free: bigint;
  readonly witness: Hex;
  readonly txId: Hex;
};

/** A node's duties in one epoch, with its DutyNote. Tallies and counts follow from these. */
export type Duty = {
  readonly epoch: number;
  readonly swarmId: number;
  readonly nodeId: Hex;
  readonly joining: boolean;
  roundA: Commitment | undefined;
  reveal: Hex | undefined;
  dissent: Hex;
  roundB: Commitment | undefined;
  answer: Answer | undefined;
  before: {credit: number; creditProgress: number} | undefined;
};

/** W of a swarm in an epoch. */
export type Majority = {
  readonly epoch: number;
  readonly swarmId: number;
  readonly c: Hex;
  readonly set: StoredSet;
};

export type SwarmPast = {
  unservedSince: number | undefined;
  restartedAt: number | undefined;
  mergedAt: number | undefined;
};

export function pastOf({swarms}: State, swarmId: number): SwarmPast {
  const nothing = {unservedSince: undefined, restartedAt: undefined, mergedAt: undefined};
  return swarms.get(swarmId) ?? nothing;
}

export type State = {
  epoch: number;
  transitions: number;
  mix: Hex;
  drawn: boolean;
  previousMix: Hex;
  roundABlocks: number;
  /** h */
  answersAfter: number | undefined;
  answersClosed: boolean;
  swarmExponent: number;
  nextSwarmExponent: number | undefined;
  growStreak: number;
  shrinkStreak: number;
  amnestyStreak: number;
  amnesties: number[];
  supply: bigint;
  burnedByMisses: bigint;
  burnedByFaults: bigint;
  burnedFees: bigint;
  accounts: Map<Hex, Account>;
  accountKeys: Map<Hex, Hex>;
  nodes: Map<Hex, Node>;
  swarms: Map<number, SwarmPast>;
  /** By epoch, then NodeID. */
  duties: Duty[];
  majorities: Majority[];
};

export type GenesisInit = {
  readonly rules: Rules;
  readonly genesisBytes: Hex;
  readonly allocations: ReadonlyMap<Hex, bigint>;
};

/** SPEC.md §3, last paragraph. */
export function genesisState({rules, genesisBytes, allocations}: GenesisInit): State {
  const mix = tagged('mix', genesisBytes);
  const accounts = new Map<Hex, Account>();
  let supply = 0n;
  for (const [address, balance] of allocations) {
    if (balance > 0n) accounts.set(address, {balance, nonce: 0});
    supply += balance;
  }
  return {
    epoch: 0,
    transitions: 0,
    mix,
    drawn: false,
    previousMix: mix,
    roundABlocks: 0,
    answersAfter: undefined,
    answersClosed: false,
    swarmExponent: rules.swarmExponent,
    nextSwarmExponent: undefined,
    growStreak: 0,
    shrinkStreak: 0,
    amnestyStreak: 0,
    amnesties: [],
    supply,
    burnedByMisses: 0n,
    burnedByFaults: 0n,
    burnedFees: 0n,
    accounts,
    accountKeys: new Map(),
    nodes: new Map(),
    swarms: new Map(),
    duties: [],
    majorities: [],
  };
}
