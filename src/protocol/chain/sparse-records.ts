import {toHash, toKemPublicKey, toNodeId} from '../bytes.ts';
import {bool, type CodecValue, fixed, list, optional, struct, u8, u16, u64} from '../codec.ts';
import {MAX_AMNESTIES, MAX_MAINTENANCE_EPOCHS, WITNESS_WINDOW} from './limits.ts';

/**
 * State records that exist only when they say something: an absent one is all zeros, empty and
 * absent. SPEC.md §8.1. Numbers of transitions count as EpochState.transitions does.
 */

/** Transitions that granted an amnesty, of the last 720. */
export const AmnestyHistory = struct('AmnestyHistory', {
  transitions: list(u64, {maxLength: MAX_AMNESTIES}),
});
export type AmnestyHistory = CodecValue<typeof AmnestyHistory>;

/** What a node's key rotations left behind. */
export const TransportKeys = struct('TransportKeys', {
  /** The key before the present one, usable until a transition; 0 without one. */
  previousKey: optional(fixed(toKemPublicKey)),
  previousUntil: u64,
  /** Becomes the node's hash chain tip at the next transition. */
  nextHashChainTip: optional(fixed(toHash)),
  /** The present key is not to be used. */
  revoked: bool,
});
export type TransportKeys = CodecValue<typeof TransportKeys>;

/** How a node's reports fared, newest epoch last. */
export const WitnessRecord = struct('WitnessRecord', {
  epochs: list(struct('WitnessEpoch', {reports: u16, disagreements: u16}), {
    maxLength: WITNESS_WINDOW,
  }),
  /** Not drawn while the transition count is below this. */
  excludedUntil: u64,
});
export type WitnessRecord = CodecValue<typeof WitnessRecord>;

/** Announced maintenance, and the transitions that began an epoch of it. */
export const MaintenanceRecord = struct('MaintenanceRecord', {
  fromEpoch: u64,
  epochsLeft: u8,
  spent: list(u64, {maxLength: MAX_MAINTENANCE_EPOCHS}),
});
export type MaintenanceRecord = CodecValue<typeof MaintenanceRecord>;

/** The last proven fault: when it was booked. Older ones are settled with it. */
export const FaultRecord = struct('FaultRecord', {transition: u64, epoch: u64});
export type FaultRecord = CodecValue<typeof FaultRecord>;

/** A decommissioning node: since when it waits for its turn, and who follows it. */
export const LeavingRecord = struct('LeavingRecord', {
  queuedAt: optional(u64),
  successor: optional(fixed(toNodeId)),
});
export type LeavingRecord = CodecValue<typeof LeavingRecord>;

/** When a swarm lost its last serving member, was started again, or took its sibling in. Epochs. */
export const SwarmHistory = struct('SwarmHistory', {
  unservedSince: optional(u64),
  restartedAt: optional(u64),
  mergedAt: optional(u64),
});
export type SwarmHistory = CodecValue<typeof SwarmHistory>;

/** Credit of a node, as it stands or as it was. */
export const Credit = struct('Credit', {credit: u16, creditProgress: u16});
export type Credit = CodecValue<typeof Credit>;

/** Beside a Duty: what its judgement has to know later. */
export const DutyNote = struct('DutyNote', {
  joining: bool,
  /** Credit before the pass of this epoch changed it. */
  before: optional(Credit),
});
export type DutyNote = CodecValue<typeof DutyNote>;
