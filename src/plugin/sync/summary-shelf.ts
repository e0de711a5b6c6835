import {sha256} from '../../crypto/hash.ts';
import {type BlockId, equalBytes, type Hash} from '../../protocol/bytes.ts';
import {StateSummary} from '../../protocol/chain/state-summary.ts';
import {encode} from '../../protocol/codec.ts';
import type {ExecutedBlock} from '../../vm/execute-block.ts';
import type {ParsedBlock} from '../../vm/parsed-block.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {getEpochState} from '../../vm/state/singletons.ts';
import {MAX_SUMMARIES} from '../chain-keys.ts';

/** A summary as the nodes pass it around. */
export type EncodedSummary = {
  readonly summary: StateSummary;
  readonly id: Hash;
  readonly bytes: Uint8Array;
};

export function encodeSummary(summary: StateSummary): EncodedSummary {
  const bytes = encode(StateSummary, summary);
  return {summary, id: sha256(bytes), bytes};
}

export function summaryOf({id, height, stateRoot}: ParsedBlock): StateSummary {
  return {height, blockId: id, stateRoot};
}

type Servable = EncodedSummary & {readonly block: ParsedBlock; readonly map: MerkleMap};

export type SummaryShelfInit = {
  /** The block at height 0. */
  readonly genesis: ParsedBlock;
  readonly lastAccepted: ExecutedBlock;
  /** As the database has them. */
  readonly recent: readonly StateSummary[];
};

/**
 * The states that others may sync to: those after the blocks that began the last epochs. Their maps
 * share what they have in common. A process that begins has the map of the last accepted block only,
 * so it serves again from the next epoch on; till then the summary of genesis stands in, which
 * nobody needs to sync to: without any answer a node would ask for ever.
 */
export class SummaryShelf {
  readonly #genesis: EncodedSummary;
  #recent: readonly StateSummary[];
  /** Oldest first. */
  #servable: readonly Servable[] = [];

  constructor({genesis, lastAccepted, recent}: SummaryShelfInit) {
    this.#genesis = encodeSummary(summaryOf(genesis));
    this.#recent = recent;
    const last = recent.at(-1);
    const {id} = lastAccepted.block;
    if (last !== undefined && equalBytes(last.blockId, id)) this.#serve(lastAccepted);
  }

  /** Height of the oldest summary that any node may still sync to; undefined before the first epoch. */
  get oldestHeight(): bigint | undefined {
    return this.#recent[0]?.height;
  }

  /** The summaries after this block is accepted on top of `before`; undefined when they stay. */
  next(before: MerkleMap, {block, map}: ExecutedBlock): readonly StateSummary[] | undefined {
    if (getEpochState(map).epoch === getEpochState(before).epoch) return undefined;
    return [...this.#recent, summaryOf(block)].slice(-MAX_SUMMARIES);
  }

  /** The block was accepted, and `summaries` are on the disk. */
  accepted(executed: ExecutedBlock, summaries: readonly StateSummary[]): void {
    this.#recent = summaries;
    this.#serve(executed);
  }

  #serve(executed: ExecutedBlock): void {
    const {block, map} = executed;
    const servable = {...encodeSummary(summaryOf(block)), block, map};
    this.#servable = [...this.#servable, servable].slice(-MAX_SUMMARIES);
  }

  /** The newest that can be served; that of genesis when there is none. */
  get newest(): EncodedSummary {
    return this.#servable.at(-1) ?? this.#genesis;
  }

  at(height: bigint): EncodedSummary | undefined {
    if (height === 0n) return this.#genesis;
    return this.#servable.find(({summary}) => summary.height === height);
  }

  mapOf(root: Hash): MerkleMap | undefined {
    return this.#servable.find(({block}) => equalBytes(block.stateRoot, root))?.map;
  }

  blockOf(id: BlockId): ParsedBlock | undefined {
    return this.#servable.find(({block}) => equalBytes(block.id, id))?.block;
  }
}
