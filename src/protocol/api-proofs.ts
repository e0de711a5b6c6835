import type {U64Text} from './api-values.ts';

/** One key of the state, with its value and the proof of both. */
export type KeyProofInfo = {
  readonly key: string;
  /** null: the state has no such key. */
  readonly value: string | null;
  /** StateProof of SPEC.md §8.2. */
  readonly proof: string;
};

/** All entries of the state under a prefix. */
export type PrefixProofInfo = {
  readonly prefix: string;
  /** Entries in the proof. */
  readonly count: number;
  /** StatePrefixProof of SPEC.md §8.2: keys and values are in it. */
  readonly proof: string;
};

/** Proofs against one state root. */
export type ProofInfo = {
  /** The block after which the state was this. */
  readonly blockId: string;
  readonly height: U64Text;
  readonly timestampMs: number;
  readonly stateRoot: string;
  readonly keys: readonly KeyProofInfo[];
  readonly prefixes: readonly PrefixProofInfo[];
};

/** What to prove, at least one thing; and in which state, the last accepted one unless said. */
export type ProofParams = {
  readonly keys?: readonly string[];
  readonly prefix?: string;
  readonly nodeId?: string;
  readonly address?: string;
  readonly swarmId?: number;
  readonly height?: U64Text;
  readonly stateRoot?: string;
};
