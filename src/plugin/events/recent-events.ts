import type {BlockId} from '../../protocol/bytes.ts';
import type {StoredEvent} from './stored-event.ts';

/** Events of one block. */
export type BlockEvents = {
  readonly height: bigint;
  readonly blockId: BlockId;
  /** Unix ms. */
  readonly timestamp: bigint;
  readonly events: readonly StoredEvent[];
};

/** Memory for those who follow closely: no block is read back from the disk for them. */
const MAX_RECENT_EVENTS = 8192;

/** The newest blocks' events, without gaps; the newest block is always there. */
export class RecentEvents {
  readonly #blocks: BlockEvents[] = [];
  #count = 0;

  add(block: BlockEvents): void {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.height + 1n !== block.height) this.clear();
    this.#blocks.push(block);
    this.#count += block.events.length;
    while (this.#count > MAX_RECENT_EVENTS && this.#blocks.length > 1) {
      this.#count -= this.#blocks.shift()?.events.length ?? 0;
    }
  }

  clear(): void {
    this.#blocks.length = 0;
    this.#count = 0;
  }

  /** Height of the oldest block in memory. */
  get oldest(): bigint | undefined {
    return this.#blocks[0]?.height;
  }

  /** Blocks from this height on; the height must not be below `oldest`. */
  from(height: bigint): readonly BlockEvents[] {
    const first = this.oldest;
    return first === undefined ? [] : this.#blocks.slice(Number(height - first));
  }
}
