import {toAddress, toHash, toKemPublicKey, toSigningPublicKey, toTxId} from '../bytes.ts';
import {
  bool,
  bytes,
  type CodecValue,
  fixed,
  oneOf,
  optional,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../codec.ts';
import {MAX_DISSENT_BYTES, MAX_WITNESS_BYTES, SCORE_EPOCHS} from './limits.ts';
import {StoredSet} from './storage-commitment.ts';

/** Balance and nonce of one account. SPEC.md §8. */
export const Account = struct('Account', {
  /** Free base units. */
  balance: u64,
  /** The nonce its next transaction must have. */
  nonce: u64,
});
export type Account = CodecValue<typeof Account>;

/** LP-046's three, by number. */
export const STATUS = {active: 0, decommissioning: 1, retired: 2} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** Why a node is leaving. */
export const LEAVING = {no: 0, wish: 1, misses: 2, evidence: 3, joinTimeout: 4} as const;
export type Leaving = (typeof LEAVING)[keyof typeof LEAVING];

/** What kind of seat a node holds. */
export const SEAT = {none: 0, joining: 1, serving: 2} as const;
export type Seat = (typeof SEAT)[keyof typeof SEAT];

/** Outcome of a judged epoch. */
export const VERDICT = {none: 0, pass: 1, miss: 2, unjudged: 3} as const;
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

/** Why an epoch was missed; bits of one mask. */
export const MISS_REASON = {
  noCommitment: 1,
  noAnswer: 2,
  wrongAnswer: 4,
  unreachable: 8,
  storage: 16,
  deviant: 32,
} as const;

/** Registry entry of one service node. SPEC.md §8. */
export const ServiceNode = struct('ServiceNode', {
  owner: fixed(toAddress),
  status: oneOf<Status>('status', Object.values(STATUS)),
  leaving: oneOf<Leaving>('leaving', Object.values(LEAVING)),
  seat: oneOf<Seat>('seat', Object.values(SEAT)),
  /** 0xFFFFFFFF without a seat. */
  swarmId: u32,
  /** Bonded base units. */
  stake: u64,
  /** P: the stake that this term's penalties are counted from. */
  principal: u64,
  /** m: misses of this term that burned stake. */
  misses: u16,
  credit: u16,
  /** Passed epochs since the credit last grew. */
  creditProgress: u16,
  /** Unix seconds of the registering block. */
  registeredAt: u64,
  registeredEpoch: u64,
  /** Unix seconds of the block with its last UptimeResponse; 0 for none. */
  lastPingAt: u64,
  /** Basis points of passed epochs among the last 720 judged; 10 000 when none. */
  uptimeScore: u16,
  /** Ring of the last judged epochs, one bit each, 1 = passed. */
  history: bytes({maxLength: SCORE_EPOCHS / 8}),
  /** Judged epochs in the ring, and where the next one goes. */
  historyCount: u16,
  historyNext: u16,
  lastVerdict: oneOf<Verdict>('verdict', Object.values(VERDICT)),
  /** Reasons of the last miss; 0 for none. */
  lastMissReasons: u8,
  lastMissEpoch: u64,
  hashChainTip: fixed(toHash),
  /** Number of the last transaction that the node key signed beside an account's. */
  sequence: u64,
  /** Transition count at which Decommissioning ends; 0 while active. */
  retiresAtTransition: u64,
  /** Unix seconds when the stake of a retired node may be withdrawn; 0 before. */
  unbondsAt: u64,
  /** Epochs in a row ended on another C than W, and epochs spent joining. */
  deviantStreak: u8,
  joiningEpochs: u8,
});
export type ServiceNode = CodecValue<typeof ServiceNode>;

/** The node's public keys, apart because they are large and seldom change. */
export const ServiceNodeKeys = struct('ServiceNodeKeys', {
  publicKey: fixed(toSigningPublicKey),
  encryptionKey: fixed(toKemPublicKey),
});
export type ServiceNodeKeys = CodecValue<typeof ServiceNodeKeys>;

/** One member of one swarm. */
export const SwarmSeat = struct('SwarmSeat', {
  /** Epoch in which the seat was given. */
  since: u64,
});
export type SwarmSeat = CodecValue<typeof SwarmSeat>;

/** Where the chain stands in time. SPEC.md §6. */
export const EpochState = struct('EpochState', {
  epoch: u64,
  /** Transitions so far: durations in epochs are counted in these. */
  transitions: u64,
  /** The newest mix: of this epoch once drawn, of an earlier one before. */
  mix: fixed(toHash),
  drawn: bool,
  /** Mix of the last epoch that drew, before the newest. */
  previousMix: fixed(toHash),
  /** Blocks with time in round A. */
  roundABlocks: u32,
  /** h: height of the first block at or after the end of round B; absent before. */
  answersAfter: optional(u64),
  answersClosed: bool,
  /** Nodes with duties in this epoch. */
  dutyCount: u32,
  /** k, and the k that holds from the next epoch when a change is announced. */
  swarmExponent: u8,
  nextSwarmExponent: optional(u8),
  growStreak: u8,
  shrinkStreak: u8,
  amnestyStreak: u8,
});
export type EpochState = CodecValue<typeof EpochState>;

/** Sums over the whole state, base units. SPEC.md §8. */
export const Totals = struct('Totals', {
  /** All units of genesis. */
  supply: u64,
  /** Stakes of active and decommissioning nodes. */
  totalBonded: u64,
  /** Stakes of retired nodes, not yet withdrawn. */
  unbonding: u64,
  burnedByMisses: u64,
  burnedByFaults: u64,
  burnedFees: u64,
  treasury: u64,
  /** Registered nodes that are not retired. */
  nodeCount: u32,
});
export type Totals = CodecValue<typeof Totals>;

/** One accepted StorageCommitment. */
export const Commitment = struct('Commitment', {
  c: fixed(toHash),
  txId: fixed(toTxId),
});
export type Commitment = CodecValue<typeof Commitment>;

/** One accepted UptimeResponse. */
export const Answer = struct('Answer', {
  answer: fixed(toHash),
  capacity: u64,
  used: u64,
  free: u64,
  witness: bytes({maxLength: MAX_WITNESS_BYTES}),
  txId: fixed(toTxId),
});
export type Answer = CodecValue<typeof Answer>;

/** A node's duties in one epoch: the record exists exactly when it has any. SPEC.md §7. */
export const Duty = struct('Duty', {
  roundA: optional(Commitment),
  reveal: optional(fixed(toHash)),
  dissent: bytes({maxLength: MAX_DISSENT_BYTES}),
  roundB: optional(Commitment),
  answer: optional(Answer),
});
export type Duty = CodecValue<typeof Duty>;

/** How many duty members of a swarm committed to one C in an epoch. */
export const Tally = struct('Tally', {
  set: StoredSet,
  /** Commitments of revision 0. */
  roundA: u32,
  /** Members that ended on it: by revision 1, else by revision 0. */
  ended: u32,
});
export type Tally = CodecValue<typeof Tally>;

/** One swarm in one epoch: how many have duties, and W once it is fixed. */
export const SwarmEpoch = struct('SwarmEpoch', {
  dutyCount: u32,
  w: optional(struct('W', {c: fixed(toHash), set: StoredSet})),
});
export type SwarmEpoch = CodecValue<typeof SwarmEpoch>;
