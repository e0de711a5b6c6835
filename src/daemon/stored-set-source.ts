import type {EpochCut} from '../messaging/epoch-leaves.ts';
import type {NamedSet} from '../messaging/epoch-sets.ts';
import type {Hash} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';

/** The records of this node, as its duties see them. */
export type StoredSetSource = {
  /**
   * What to commit to in round A: the set after a majority was asked for what is missing.
   * @param isLastChance commits to what is here when no majority can be reached
   * @throws MessagingError MESSAGING_NO_MAJORITY: to be tried again
   */
  settle(
    cut: EpochCut,
    swarmId: number,
    options: {readonly isLastChance: boolean; readonly signal: AbortSignal},
  ): Promise<NamedSet>;
  /** Makes the set of the epoch another one, when it can be fetched and verified. */
  moveTo(cut: EpochCut, target: NamedSet, signal: AbortSignal): Promise<boolean>;
  /**
   * Chain-rules §5.1.
   * @throws MessagingError MESSAGING_OTHER_SET when this node's set is not the one of `w`.
   */
  answer(cut: EpochCut, seed: ChallengeSeed, w: StoredSet): Promise<Hash>;
};
