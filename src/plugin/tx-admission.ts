import {equalBytes} from '../protocol/bytes.ts';
import {isDuty} from '../protocol/chain/tx.ts';
import {verifyPending} from '../vm/builder.ts';
import type {Chain} from '../vm/chain.ts';
import {TxError} from '../vm/errors.ts';
import {bringKeys, type InlineKeys} from '../vm/inline-keys.ts';
import type {Mempool} from '../vm/mempool.ts';
import {type ParsedTx, parseTx} from '../vm/parsed-tx.ts';
import {signatureSetsOf} from '../vm/signature-sets.ts';
import {TrialBlock} from '../vm/trial-block.ts';
import type {SignatureChecker} from './signature-checker.ts';

export type AdmissionParts = {
  readonly chain: Chain;
  readonly mempool: Mempool;
  readonly checker: Pick<SignatureChecker, 'findInvalid'>;
  now(): bigint;
};

/** Transactions under check at one time: each holds up to 64 KiB and a place in the thread pool. */
const MAX_CHECKING = 1024;

/** Who may enter the mempool: valid on the preferred state, after what waits already, and signed. */
export class TxAdmission {
  readonly #parts: AdmissionParts;
  readonly #trial: TrialBlock;
  #checking = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#trial = new TrialBlock(parts.chain);
  }

  #verify(tx: ParsedTx): void {
    const {chain, mempool} = this.#parts;
    const nowMs = this.#parts.now();
    verifyPending(chain, mempool, {tx, nowMs, open: this.#trial.open(nowMs)});
  }

  /** Keys that waiting transactions of the same sender bring along. */
  #inlineKeys({tx}: ParsedTx): InlineKeys {
    const inline: InlineKeys = new Map();
    const {unsigned} = tx;
    if (isDuty(unsigned)) return inline;
    const {sender, nonce} = unsigned.value;
    const {chain, mempool} = this.#parts;
    for (const {tx: earlier} of mempool.pendingBefore(sender, nonce)) {
      bringKeys(inline, earlier, chain.config);
    }
    return inline;
  }

  async #verifySignatures(tx: ParsedTx): Promise<void> {
    const {chain, checker} = this.#parts;
    const context = {
      state: chain.preferred.map,
      config: chain.config,
      inline: this.#inlineKeys(tx),
    };
    const bad = await checker.findInvalid(signatureSetsOf(tx, context));
    if (bad !== undefined) throw new TxError('TX_INVALID_SIGNATURE');
  }

  /**
   * Checks a transaction and lets it wait for a block. Cheap checks come first.
   * @throws CodecError, TxError
   */
  async admit(bytes: Uint8Array): Promise<ParsedTx> {
    const {chain, mempool} = this.#parts;
    const tx = parseTx(bytes);
    if (mempool.get(tx.id) !== undefined) throw new TxError('TX_ALREADY_KNOWN');
    if (this.#checking >= MAX_CHECKING) throw new TxError('TX_MEMPOOL_FULL');
    this.#verify(tx);
    const before = chain.preferred.block.id;
    this.#checking += 1;
    try {
      await this.#verifySignatures(tx);
    } finally {
      this.#checking -= 1;
    }
    if (!equalBytes(before, chain.preferred.block.id)) {
      this.#verify(tx);
    }
    mempool.add(tx);
    return tx;
  }

  /** Takes back what a rejected block held and is still valid; its signatures were checked there. */
  readmit(txs: readonly ParsedTx[]): void {
    const {mempool} = this.#parts;
    for (const tx of txs) {
      try {
        this.#verify(tx);
        mempool.add(tx);
      } catch (error) {
        if (!(error instanceof TxError)) throw error;
        if (mempool.get(tx.id) === undefined) mempool.refuse(tx, error.code);
      }
    }
  }
}
