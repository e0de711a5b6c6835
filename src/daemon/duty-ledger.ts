import {
  type ChainId,
  concatBytes,
  equalBytes,
  type NodeId,
  toChainId,
  toNodeId,
} from '../protocol/bytes.ts';
import {MAX_TX_BYTES} from '../protocol/chain/limits.ts';
import type {DutyKind} from '../protocol/chain/tx.ts';
import {
  bytes,
  type Codec,
  type CodecValue,
  decode,
  encode,
  fixed,
  list,
  oneOf,
  struct,
  u8,
  u32,
  u64,
  versioned,
} from '../protocol/codec.ts';
import type {KeyValueStore, WriteOperation} from '../storage/kv.ts';
import {DaemonError} from './errors.ts';

/** One duty: at most one transaction is ever signed for it. */
export type DutyId = {readonly epoch: bigint; readonly kind: DutyKind; readonly revision: number};

const KINDS = {storageCommitment: 16, uptimeResponse: 17} as const;

/**
 * Key tree of the ledger:
 *   01 ‖ chain ‖ node ‖ epoch ‖ kind ‖ revision → SignedDuty
 *   02 ‖ chain ‖ node → LowestReveal
 *   03 ‖ chain ‖ node → TakenOver
 *   04 ‖ chain ‖ node → Doubts
 */
const SIGNED = 0x01;
const LOWEST_REVEAL = 0x02;
const TAKEN_OVER = 0x03;
const DOUBTS = 0x04;

const Owner = struct('ledger owner', {
  prefix: u8,
  chainId: fixed(toChainId),
  nodeId: fixed(toNodeId),
});
const Place = struct('ledger place', {
  epoch: u64,
  kind: oneOf('duty kind', Object.values(KINDS)),
  revision: u8,
});

/** The full transaction, exactly as it was signed. */
const SignedDuty = versioned(0, struct('SignedDuty', {tx: bytes({maxLength: MAX_TX_BYTES})}));
/** Smallest position of the hash chain that this node has revealed. */
const LowestReveal = versioned(0, struct('LowestReveal', {position: u32}));
/** Whose answers of one epoch differ from what this node computed: its dissent in the next. */
const Doubts = versioned(
  0,
  struct('Doubts', {epoch: u64, nodeIds: list(fixed(toNodeId), {maxLength: 16_384})}),
);
export type Doubts = CodecValue<typeof Doubts>;
/** The last epoch whose duties belong to whoever held the key before. */
const TakenOver = versioned(0, struct('TakenOver', {epoch: u64}));

/**
 * What this node has signed. A second signature for one duty could be equivocation (10 % of the
 * principal), so the bytes are on disk, synced, before they are first sent, and only they are ever
 * sent again.
 */
export class DutyLedger {
  readonly #store: KeyValueStore;
  readonly #identity: {readonly chainId: ChainId; readonly nodeId: NodeId};

  constructor(
    store: KeyValueStore,
    identity: {readonly chainId: ChainId; readonly nodeId: NodeId},
  ) {
    this.#store = store;
    this.#identity = identity;
  }

  #key(prefix: number, place?: Uint8Array): Uint8Array {
    const owner = encode(Owner, {prefix, ...this.#identity});
    return place === undefined ? owner : concatBytes(owner, place);
  }

  #dutyKey({epoch, kind, revision}: DutyId): Uint8Array {
    return this.#key(SIGNED, encode(Place, {epoch, kind: KINDS[kind], revision}));
  }

  async #read<T>(codec: Codec<T>, key: Uint8Array): Promise<T | undefined> {
    const value = await this.#store.get(key);
    return value === undefined ? undefined : decode(codec, value);
  }

  /** The transaction that was signed for the duty. */
  async get(duty: DutyId): Promise<Uint8Array | undefined> {
    return (await this.#read(SignedDuty, this.#dutyKey(duty)))?.tx;
  }

  /** The smallest position revealed so far; undefined before the first reveal. */
  async lowestReveal(): Promise<number | undefined> {
    return (await this.#read(LowestReveal, this.#key(LOWEST_REVEAL)))?.position;
  }

  /** The last doubts noted, of whatever epoch. */
  async doubts(): Promise<Doubts | undefined> {
    return this.#read(Doubts, this.#key(DOUBTS));
  }

  async noteDoubts(doubts: Doubts): Promise<void> {
    const value = encode(Doubts, doubts);
    await this.#store.batch([{type: 'put', key: this.#key(DOUBTS), value}], {sync: false});
  }

  async takenOver(): Promise<bigint | undefined> {
    return (await this.#read(TakenOver, this.#key(TAKEN_OVER)))?.epoch;
  }

  /**
   * Writes down a signed duty, synced, together with the position that it reveals.
   * @throws DaemonError DAEMON_ALREADY_SIGNED when other bytes are there: nothing is overwritten.
   */
  async record(duty: DutyId, tx: Uint8Array, revealed?: number): Promise<void> {
    const known = await this.get(duty);
    if (known !== undefined) {
      if (equalBytes(known, tx)) return;
      throw new DaemonError('DAEMON_ALREADY_SIGNED', duty);
    }
    const writes: WriteOperation[] = [
      {type: 'put', key: this.#dutyKey(duty), value: encode(SignedDuty, {tx})},
    ];
    if (revealed !== undefined) writes.push(this.#lowestRevealWrite(revealed));
    await this.#store.batch(writes, {sync: true});
  }

  #lowestRevealWrite(position: number): WriteOperation {
    return {
      type: 'put',
      key: this.#key(LOWEST_REVEAL),
      value: encode(LowestReveal, {position}),
    };
  }

  /** Leaves the duties up to `epoch` to the former holder of the key, whose last reveal is `position`. */
  async takeOver(epoch: bigint, position: number): Promise<void> {
    const write: WriteOperation = {
      type: 'put',
      key: this.#key(TAKEN_OVER),
      value: encode(TakenOver, {epoch}),
    };
    await this.#store.batch([write, this.#lowestRevealWrite(position)], {sync: true});
  }

  /** Forgets duties of epochs before `epoch`: the chain takes none of them any more. */
  async prune(epoch: bigint): Promise<void> {
    const first = {epoch: 0n, kind: KINDS.storageCommitment, revision: 0};
    const gte = this.#key(SIGNED, encode(Place, first));
    const lt = this.#key(SIGNED, encode(Place, {...first, epoch}));
    const writes: WriteOperation[] = [];
    for await (const [key] of this.#store.iterate({gte, lt})) writes.push({type: 'delete', key});
    if (writes.length > 0) await this.#store.batch(writes, {sync: false});
  }
}
