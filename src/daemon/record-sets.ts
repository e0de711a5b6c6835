import {answerChallenge} from '../messaging/challenge-prover.ts';
import {MessagingError} from '../messaging/errors.ts';
import {storedSetAt} from '../messaging/stored-set.ts';
import {bytesToHex, equalBytes, type Hash} from '../protocol/bytes.ts';
import {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';
import {encode} from '../protocol/codec.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import type {StoredSetSource} from './stored-set-source.ts';

/** The stored sets of this node, from its own record database. */
export class RecordSets implements StoredSetSource {
  readonly #records: KeyValueReader;

  constructor(records: KeyValueReader) {
    this.#records = records;
  }

  setAt(cutOffMs: bigint): Promise<StoredSet> {
    return storedSetAt(this.#records, cutOffMs);
  }

  /** An answer on another set than W would only pass for a lie, so there is none. */
  async answer(cutOffMs: bigint, seed: ChallengeSeed, expected: StoredSet): Promise<Hash> {
    const held = await this.setAt(cutOffMs);
    if (!equalBytes(encode(StoredSet, held), encode(StoredSet, expected))) {
      const [root, wanted] = [bytesToHex(held.root), bytesToHex(expected.root)];
      throw new MessagingError('MESSAGING_OTHER_SET', {root, wanted});
    }
    const {chunkCount} = expected;
    return answerChallenge(this.#records, {cutOffMs, seed, chunkCount});
  }
}
