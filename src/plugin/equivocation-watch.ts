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
/** Transactions that are not looked at again: a repeated one costs no signature and no block. */
const MOST_REMEMBERED = 4096;

type Parts = {
  readonly chain: Chain;
  readonly mempool: Pick<Mempool, 'dutyTwin'>;
  readonly store: AcceptedBlocks;
  readonly checker: Pick<SignatureChecker, 'findInvalid'>;
};

/** The commitment to the same duty that waits or was accepted. */
type Twin = {
  readonly swarmId: number;
  readonly c: Uint8Array;
  find(): Promise<ParsedTx | undefined>;
};

type CommitmentTx = Extract<UnsignedTx, {readonly type: 'storageCommitment'}>;

const nameOf = ({value: {epoch, revision, nodeId}}: CommitmentTx): string =>
  `${epoch}/${revision}/${bytesToKey(nodeId)}`;

const signedOf = ({tx}: ParsedTx, {value}: CommitmentTx): SignedCommitment => {
  return {duty: value, signature: tx.signature};
};

/** Makes room for one more: the oldest goes. */
function limit(names: Set<string> | Map<string, unknown>, most: number): void {
  for (const oldest of names.keys()) {
    if (names.size <= most) break;
    names.delete(oldest);
  }
}

/**
 * Looks at commitments that were refused: a second one of the same duty, to another set and signed by
 * the node, proves that it equivocates. Daemons ask for what was found and file it. SPEC.md §5.9.
 */
export class EquivocationWatch {
  readonly #parts: Parts;
  readonly #found = new Map<string, Evidence>();
  /** Ids by bytesToKey of those whose signature was looked at. */
  readonly #seen = new Set<string>();

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

  /**
   * Looks at a refused transaction. Whatever is no proof is forgotten. Anybody can send such a one: the
   * block with the other is read for a good signature alone.
   */
  async look(bytes: Uint8Array): Promise<void> {
    const parsed = parseTx(bytes);
    const {unsigned} = parsed.tx;
    if (unsigned.type !== 'storageCommitment' || this.#found.has(nameOf(unsigned))) return;
    const twin = this.#twinOf(unsigned);
    if (twin === undefined || twin.swarmId !== unsigned.value.body.swarmId) return;
    const order = compareBytes(this.#cOf(unsigned), twin.c);
    if (order === 0 || !this.#isNew(parsed.id) || !(await this.#isSigned(parsed))) return;
    const other = await twin.find();
    if (other?.tx.unsigned.type !== 'storageCommitment') return;
    const [own, before] = [signedOf(parsed, unsigned), signedOf(other, other.tx.unsigned)];
    const evidence = order < 0 ? {first: own, second: before} : {first: before, second: own};
    this.#found.set(nameOf(unsigned), evidence);
    limit(this.#found, MOST_KEPT);
  }

  #isNew(id: TxId): boolean {
    const key = bytesToKey(id);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    limit(this.#seen, MOST_REMEMBERED);
    return true;
  }

  #cOf({value: {epoch, body}}: CommitmentTx): Uint8Array {
    return commitmentOf(this.#parts.chain.config, {epoch, swarmId: body.swarmId}, body.set);
  }

  #twinOf(unsigned: CommitmentTx): Twin | undefined {
    const {chain, mempool} = this.#parts;
    const waiting = mempool.dutyTwin(unsigned);
    if (waiting?.tx.unsigned.type === 'storageCommitment') {
      const {swarmId} = waiting.tx.unsigned.value.body;
      return {swarmId, c: this.#cOf(waiting.tx.unsigned), find: async () => waiting};
    }
    const {epoch, nodeId, revision, body} = unsigned.value;
    const {swarmId} = body;
    const duty = getDuty(chain.lastAccepted.map, {epoch, swarmId}, nodeId);
    const accepted = revision === 0 ? duty?.roundA : duty?.roundB;
    if (accepted === undefined) return undefined;
    return {swarmId, c: accepted.c, find: () => this.#acceptedTx(accepted.txId)};
  }

  async #acceptedTx(id: TxId): Promise<ParsedTx | undefined> {
    const {store} = this.#parts;
    const height = await store.getTxHeight(id);
    const blockId = height === undefined ? undefined : await store.getBlockIdAtHeight(height);
    const bytes = blockId === undefined ? undefined : await store.getBlock(blockId);
    if (bytes === undefined) return undefined;
    return parseBlock(bytes).txs.find((tx) => compareBytes(tx.id, id) === 0);
  }

  async #isSigned(tx: ParsedTx): Promise<boolean> {
    const {chain, checker} = this.#parts;
    const context = {state: chain.lastAccepted.map, config: chain.config, inline: new Map()};
    return (await checker.findInvalid(signatureSetsOf(tx, context))) === undefined;
  }
}
