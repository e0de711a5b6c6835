import {bytesToKey, compareBytes, type TxId} from '../protocol/bytes.ts';
import type {Evidence, SignedCommitment} from '../protocol/chain/evidence.ts';
import type {UnsignedTx} from '../protocol/chain/tx.ts';
import type {Chain} from '../vm/chain.ts';
import {TxError} from '../vm/errors.ts';
import type {Mempool} from '../vm/mempool.ts';
import {parseBlock} from '../vm/parsed-block.ts';
import {type ParsedTx, parseTx} from '../vm/parsed-tx.ts';
import {signatureSetsOf} from '../vm/signature-sets.ts';
import {getDuty} from '../vm/state/duties.ts';
import {commitmentOf} from '../vm/stored-set.ts';
import type {AcceptedBlocks} from './api-context.ts';
import type {SignatureChecker} from './signature-checker.ts';

/** Equivocations kept for whoever files them; a node is in it once per epoch and revision. */
const MOST_KEPT = 64;

type Parts = {
  readonly chain: Chain;
  readonly mempool: Pick<Mempool, 'dutyTwin'>;
  readonly store: AcceptedBlocks;
  readonly checker: Pick<SignatureChecker, 'findInvalid'>;
};

type CommitmentTx = Extract<UnsignedTx, {readonly type: 'storageCommitment'}>;

const nameOf = ({value: {epoch, revision, nodeId}}: CommitmentTx): string =>
  `${epoch}/${revision}/${bytesToKey(nodeId)}`;

const signedOf = ({value}: CommitmentTx, {tx}: ParsedTx): SignedCommitment => {
  return {duty: value, signature: tx.signature};
};

/**
 * Looks at commitments that were refused: a second one of the same duty, to another set and signed by
 * the node, proves that it equivocates. Daemons ask for what was found and file it. SPEC.md §5.9.
 */
export class EquivocationWatch {
  readonly #parts: Parts;
  readonly #found = new Map<string, Evidence>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What was found since the start, oldest first. */
  list(): readonly Evidence[] {
    return [...this.#found.values()];
  }

  /** What becomes of an admission; when the transaction is refused, it is looked at. */
  async watch<T>(bytes: Uint8Array, admission: Promise<T>): Promise<T> {
    try {
      return await admission;
    } catch (error) {
      if (error instanceof TxError) await this.look(bytes);
      throw error;
    }
  }

  /** Looks at a refused transaction. Whatever is no proof is forgotten. */
  async look(bytes: Uint8Array): Promise<void> {
    const parsed = parseTx(bytes);
    const {unsigned} = parsed.tx;
    if (unsigned.type !== 'storageCommitment' || this.#found.has(nameOf(unsigned))) return;
    const other = await this.#twinOf(unsigned);
    if (other?.tx.unsigned.type !== 'storageCommitment') return;
    const evidence = this.#compare([unsigned, parsed], [other.tx.unsigned, other]);
    if (evidence === undefined || !(await this.#isSigned(parsed))) return;
    this.#found.set(nameOf(unsigned), evidence);
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= MOST_KEPT) break;
      this.#found.delete(oldest);
    }
  }

  /** The commitment to the same duty that waits or was accepted. */
  async #twinOf(unsigned: CommitmentTx): Promise<ParsedTx | undefined> {
    const {chain, mempool} = this.#parts;
    const waiting = mempool.dutyTwin(unsigned);
    if (waiting !== undefined) return waiting;
    const {epoch, nodeId, revision, body} = unsigned.value;
    const at = {epoch, swarmId: body.swarmId};
    const duty = getDuty(chain.lastAccepted.map, at, nodeId);
    const accepted = revision === 0 ? duty?.roundA : duty?.roundB;
    return accepted === undefined ? undefined : this.#acceptedTx(accepted.txId);
  }

  async #acceptedTx(id: TxId): Promise<ParsedTx | undefined> {
    const {store} = this.#parts;
    const height = await store.getTxHeight(id);
    const blockId = height === undefined ? undefined : await store.getBlockIdAtHeight(height);
    const bytes = blockId === undefined ? undefined : await store.getBlock(blockId);
    if (bytes === undefined) return undefined;
    return parseBlock(bytes).txs.find((tx) => compareBytes(tx.id, id) === 0);
  }

  #compare(
    ...pair: readonly [readonly [CommitmentTx, ParsedTx], readonly [CommitmentTx, ParsedTx]]
  ): Evidence | undefined {
    const {config} = this.#parts.chain;
    const [a, b] = pair.map(([unsigned, parsed]) => {
      const {epoch, body} = unsigned.value;
      const c = commitmentOf(config, {epoch, swarmId: body.swarmId}, body.set);
      return {c, swarmId: body.swarmId, signed: signedOf(unsigned, parsed)};
    });
    if (a === undefined || b === undefined || a.swarmId !== b.swarmId) return undefined;
    const order = compareBytes(a.c, b.c);
    if (order === 0) return undefined;
    const [first, second] = order < 0 ? [a, b] : [b, a];
    return {first: first.signed, second: second.signed};
  }

  async #isSigned(tx: ParsedTx): Promise<boolean> {
    const {chain, checker} = this.#parts;
    const context = {state: chain.lastAccepted.map, config: chain.config, inline: new Map()};
    return (await checker.findInvalid(signatureSetsOf(tx, context))) === undefined;
  }
}
