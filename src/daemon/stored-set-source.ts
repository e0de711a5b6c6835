import type {EpochCut} from '../messaging/epoch-leaves.ts';
import type {NamedSet} from '../messaging/epoch-sets.ts';
import type {Hash} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';

/** How long a set may wait for what others have. */
export type Patience = {
  /** Others are asked no longer than this, in ms; then the set is what is here. */
  readonly withinMs: number;
  /** Commits to what is here also when others refuse. */
  readonly isLastChance: boolean;
};

/** The records of this node, as its duties see them. */
export type StoredSetSource = {
  /**
   * What to commit to in round A: the set after a majority was asked for what is missing.
   * @throws MessagingError MESSAGING_NO_MAJORITY, MESSAGING_NOT_READY: to be tried again
   */
  settle(
    cut: EpochCut,
    swarmId: number,
    options: Patience & {readonly signal: AbortSignal},
  ): Promise<NamedSet>;
  /** Makes the set of the epoch another one, when it can be fetched and verified. */
  moveTo(cut: EpochCut, target: NamedSet, signal: AbortSignal): Promise<boolean>;
  /**
   * Chain-rules §5.1.
   * @throws MessagingError MESSAGING_OTHER_SET when this node's set is not the one of `w`.
   */
  answer(cut: EpochCut, seed: ChallengeSeed, w: StoredSet): Promise<Hash>;
};
