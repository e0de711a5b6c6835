import {
  type ChainRef,
  type DutyBody,
  type SignedTx,
  signDuty,
  txIdOf,
} from '../client/transactions.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {NodeId} from '../protocol/bytes.ts';
import type {DutyId, DutyLedger} from './duty-ledger.ts';

/** A duty as it is to be signed; `revealed` is the hash chain position that it gives away. */
export type DutyDraft = {readonly body: DutyBody; readonly revealed?: number};

type Components = {readonly ledger: DutyLedger; readonly signer: Signer};
type Init = {readonly chain: ChainRef; readonly nodeId: NodeId};

/** Signs each duty once in its life. */
export class DutySigner {
  readonly #components: Components;
  readonly #init: Init;

  constructor(components: Components, init: Init) {
    this.#components = components;
    this.#init = init;
  }

  /**
   * The transaction of a duty: the one signed before, or a new one of the draft, durable before it
   * is handed out. No draft means there is nothing to sign.
   */
  async once(
    id: DutyId,
    createDraft: () => Promise<DutyDraft | undefined>,
  ): Promise<SignedTx | undefined> {
    const {ledger, signer} = this.#components;
    const known = await ledger.get(id);
    if (known !== undefined) return {bytes: known, txId: txIdOf(known)};
    const draft = await createDraft();
    if (draft === undefined) return undefined;
    const {epoch, revision} = id;
    const signed = signDuty({...this.#init, epoch, revision, body: draft.body}, signer);
    await ledger.record(id, signed.bytes, draft.revealed);
    return signed;
  }
}
