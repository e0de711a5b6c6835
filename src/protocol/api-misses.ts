import type {Page, U64Text} from './api-values.ts';

/** A miss as it was booked, or that the amnesty excused. */
export type MissFacts = {
  /** The epoch that was missed. */
  readonly epoch: U64Text;
  readonly reasons: readonly string[];
  /** Base units. */
  readonly burned: U64Text;
  readonly paidByCredit: boolean;
  readonly excused: boolean;
};

/** One miss, and the height of the block that booked it. */
export type MissInfo = MissFacts & {
  readonly height: U64Text;
};

/** Newest first. A node that did not see the whole chain knows no misses before `knownFrom`. */
export type MissesInfo = Page<MissInfo> & {
  /** Height from which on this answer is complete. */
  readonly knownFrom: U64Text;
};
