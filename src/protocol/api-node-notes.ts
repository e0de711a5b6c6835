import type {U64Text} from './api-values.ts';

/** Which transport keys of a node may be used, beside its `encryptionKey`. */
export type TransportKeysInfo = {
  /** Nobody may encrypt to `encryptionKey`. */
  readonly revoked: boolean;
  /** The key before a rotation, usable for so many epochs yet. */
  readonly previous: {readonly encryptionKey: string; readonly epochsLeft: U64Text} | null;
  /** Tip of a new hash chain, in force from the next epoch. */
  readonly nextHashChainTip: string | null;
};

export type MaintenanceInfo = {
  /** `running`: no duties in this epoch. `none`: only the ration of the last 720 epochs is touched. */
  readonly phase: 'announced' | 'running' | 'none';
  readonly fromEpoch: U64Text;
  /** Epochs that are still to come. */
  readonly epochsLeft: number;
  /** Epochs taken of the 12 in 720. */
  readonly epochsSpent: number;
};

/** What is kept of a node for its orders, its keys and its way out. */
export type NodeNotesInfo = {
  /** Number of the last order that the node key signed; the next one has one more. */
  readonly sequence: U64Text;
  readonly transportKeys: TransportKeysInfo;
  /** null when none is announced, running or of the last 720 epochs. */
  readonly maintenance: MaintenanceInfo | null;
  /** Decommissioned by penalty, with the stake at the minimum again: back when it passes an epoch. */
  readonly returning: boolean;
  /** 1 for the next that may leave its swarm; null unless it waits for its turn to leave. */
  readonly queuePosition: number | null;
  /** The member that takes its place. */
  readonly successor: string | null;
  /** The last proven fault; another one counts after so many epochs. */
  readonly fault: {readonly epoch: U64Text; readonly pauseEpochs: U64Text} | null;
  /** Epochs for which it is not drawn as a witness; null when it is. */
  readonly witnessExcludedEpochs: U64Text | null;
};
