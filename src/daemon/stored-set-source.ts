import type {Hash} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';

/** The records of this node, as its duties see them. */
export type StoredSetSource = {
  /** Set_e at the cut-off T_e (Unix ms). */
  setAt(cutOffMs: bigint): Promise<StoredSet>;
  /** Chain-rules §5.1. @throws MessagingError when this node's set is not `expected`. */
  answer(cutOffMs: bigint, seed: ChallengeSeed, expected: StoredSet): Promise<Hash>;
};
