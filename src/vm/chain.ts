import {type BlockId, bytesToKey, equalBytes} from '../protocol/bytes.ts';
import {InvariantError} from '../protocol/errors.ts';
import type {ChainConfig} from './config.ts';
import {BlockError, TxError} from './errors.ts';
import {type ExecutedBlock, executeBlock, type Parent} from './execute-block.ts';
import type {InlineKeys} from './inline-keys.ts';
import {nextEmptyBlockTime} from './open-block.ts';
import type {ParsedBlock} from './parsed-block.ts';
import {type SignatureSet, signatureSetsOf} from './signature-sets.ts';
import type {MerkleMap} from './state/merkle-map.ts';

/** What accepting a block writes: state keys in no order, undefined for a key that goes. */
export type StateChange = {readonly key: Uint8Array; readonly value: Uint8Array | undefined};

/** How many accepted states stay at hand: what they share is kept once. */
const RECENT_STATES = 32;

/** The state after one accepted block. */
export type RecentState = {
  readonly id: BlockId;
  readonly height: bigint;
  readonly timestamp: bigint;
  readonly map: MerkleMap;
};

const recentOf = ({block: {id, height, timestamp}, map}: ExecutedBlock): RecentState => ({
  id,
  height,
  timestamp,
  map,
});

const keyOf = (id: BlockId): string => bytesToKey(id);

function parentOf({block, map}: ExecutedBlock): Parent {
  return {id: block.id, height: block.height, timestamp: block.timestamp, map};
}

/**
 * The processing tree: the last accepted block and every verified block that waits for a decision,
 * each with its own state. Synchronous; the shell stores blocks and batches.
 */
export class Chain {
  readonly config: ChainConfig;
  readonly #processing = new Map<string, ExecutedBlock>();
  #accepted: ExecutedBlock;
  #preference: BlockId;
  #recent: readonly RecentState[];

  constructor(config: ChainConfig, lastAccepted: ExecutedBlock) {
    this.config = config;
    this.#accepted = lastAccepted;
    this.#preference = lastAccepted.block.id;
    this.#recent = [recentOf(lastAccepted)];
  }

  get lastAccepted(): ExecutedBlock {
    return this.#accepted;
  }

  /** The last accepted states, newest first, as far as they are at hand: what proofs are made of. */
  get recentStates(): readonly RecentState[] {
    return this.#recent;
  }

  /** The block that the next one is built on. */
  get preferred(): ExecutedBlock {
    return this.#find(this.#preference) ?? this.#accepted;
  }

  get processingCount(): number {
    return this.#processing.size;
  }

  /** Verified blocks that wait for a decision. */
  *processing(): Generator<ParsedBlock> {
    for (const {block} of this.#processing.values()) yield block;
  }

  /** A verified block that is not decided, or the last accepted one. */
  getBlock(id: BlockId): ParsedBlock | undefined {
    return this.#find(id)?.block;
  }

  #find(id: BlockId): ExecutedBlock | undefined {
    if (equalBytes(id, this.#accepted.block.id)) return this.#accepted;
    return this.#processing.get(keyOf(id));
  }

  #requireParent(block: ParsedBlock): ExecutedBlock {
    const parent = this.#find(block.parentId);
    if (parent === undefined) throw new BlockError('BLOCK_MISSING_PARENT');
    return parent;
  }

  /**
   * The signatures that `verify` relies on.
   * @throws BlockError BLOCK_MISSING_PARENT, or BLOCK_INVALID_TX when a signer's key is unknown.
   */
  signatureSets(block: ParsedBlock): SignatureSet[] {
    const {map} = this.#requireParent(block);
    const inline: InlineKeys = new Map();
    return block.txs.flatMap((tx, index) => {
      try {
        return signatureSetsOf(tx, {state: map, config: this.config, inline});
      } catch (cause) {
        if (!(cause instanceof TxError)) throw cause;
        throw new BlockError('BLOCK_INVALID_TX', {index, tx: cause.code}, {cause});
      }
    });
  }

  /**
   * Executes a block whose signatures are good and keeps it until it is decided. Verifying a block
   * that is processing or last accepted again changes nothing; a failure leaves no trace.
   * @throws BlockError
   */
  verify(block: ParsedBlock): void {
    if (this.#find(block.id) !== undefined) return;
    const parent = this.#requireParent(block);
    const executed = executeBlock(this.config, block, parentOf(parent));
    this.#processing.set(keyOf(block.id), executed);
  }

  #requireNext(id: BlockId): ExecutedBlock {
    const executed = this.#processing.get(keyOf(id));
    if (executed === undefined) throw new BlockError('BLOCK_UNKNOWN');
    if (!equalBytes(executed.block.parentId, this.#accepted.block.id)) {
      throw new BlockError('BLOCK_NOT_NEXT', {height: executed.block.height});
    }
    return executed;
  }

  /** What `accept` would accept, with the state after it. @throws BlockError BLOCK_UNKNOWN, BLOCK_NOT_NEXT */
  next(id: BlockId): ExecutedBlock {
    return this.#requireNext(id);
  }

  /** What `accept` will have changed: the shell writes it before it calls accept. @throws BlockError */
  stateChanges(id: BlockId): StateChange[] {
    const {map, touched} = this.#requireNext(id);
    const seen = new Set<string>();
    const changes: StateChange[] = [];
    for (const key of touched) {
      const name = bytesToKey(key);
      if (seen.has(name)) continue;
      seen.add(name);
      changes.push({key, value: map.get(key)});
    }
    return changes;
  }

  /** @throws BlockError BLOCK_UNKNOWN or BLOCK_NOT_NEXT. */
  accept(id: BlockId): ParsedBlock {
    const executed = this.#requireNext(id);
    this.#processing.delete(keyOf(id));
    this.#accepted = executed;
    this.#recent = [recentOf(executed), ...this.#recent.slice(0, RECENT_STATES - 1)];
    if (this.#find(this.#preference) === undefined) this.#preference = id;
    return executed.block;
  }

  /**
   * Goes on from a state that came whole, not by executing blocks: what was processing is gone, and
   * the states of blocks before it are none of the last.
   */
  jump(lastAccepted: ExecutedBlock): void {
    this.#processing.clear();
    this.#accepted = lastAccepted;
    this.#preference = lastAccepted.block.id;
    this.#recent = [recentOf(lastAccepted)];
  }

  /** @throws BlockError BLOCK_UNKNOWN. */
  reject(id: BlockId): ParsedBlock {
    const executed = this.#processing.get(keyOf(id));
    if (executed === undefined) throw new BlockError('BLOCK_UNKNOWN');
    this.#processing.delete(keyOf(id));
    if (equalBytes(id, this.#preference)) this.#preference = this.#accepted.block.id;
    return executed.block;
  }

  /** @throws BlockError BLOCK_UNKNOWN unless the block is processing or last accepted. */
  setPreference(id: BlockId): void {
    if (this.#find(id) === undefined) throw new BlockError('BLOCK_UNKNOWN');
    this.#preference = id;
  }

  /** Parent of the next block to build. */
  get preferredParent(): Parent {
    return parentOf(this.preferred);
  }

  /** When an empty child of the preferred block becomes valid, Unix ms. */
  get nextEmptyBlockTime(): bigint {
    const {block, map} = this.preferred;
    return nextEmptyBlockTime(this.config, map, block);
  }
}

/** The last accepted block as it was stored, with the state that was stored beside it. */
export function restoreExecuted(block: ParsedBlock, map: MerkleMap): ExecutedBlock {
  if (!equalBytes(map.root(), block.stateRoot)) {
    throw new InvariantError('stored state does not match the last accepted block');
  }
  return {block, map, touched: [], judgements: []};
}
