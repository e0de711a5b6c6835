import {type BlockId, equalBytes} from '../protocol/bytes.ts';
import {openChild} from './builder.ts';
import type {Chain} from './chain.ts';
import {nextBoundary, type OpenBlock} from './open-block.ts';
import type {MerkleMap} from './state/merkle-map.ts';
import {StateView} from './state/view.ts';

type Opened = {readonly parentId: BlockId; readonly open: OpenBlock; readonly map: MerkleMap};

/** How old the block of a trial may be, Unix ms: an upgrade may begin anywhere. */
const MAX_AGE_MS = 1000n;

/**
 * The next block as it would be now, to try transactions on. Opening one may judge a whole epoch, so
 * it is opened once for all trials of a moment: whoever sends transactions between the end of an
 * epoch and its first block must not make us judge for each of them.
 */
export class TrialBlock {
  readonly #chain: Chain;
  #opened: Opened | undefined;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** A block of its own for one trial: nobody sees what happens to its state. */
  open(nowMs: bigint): OpenBlock {
    if (!this.#isCurrent(nowMs)) {
      const open = openChild(this.#chain, nowMs);
      this.#opened = {parentId: this.#chain.preferred.block.id, open, map: open.state.map};
    }
    const {open, map} = this.#opened as Opened;
    return {...open, state: new StateView(map)};
  }

  /** Same parent, and no instant has passed at which another phase begins. */
  #isCurrent(nowMs: bigint): boolean {
    if (this.#opened === undefined) return false;
    const {parentId, open} = this.#opened;
    const {config, preferred} = this.#chain;
    return (
      equalBytes(parentId, preferred.block.id) &&
      nowMs <= open.timestamp + MAX_AGE_MS &&
      nowMs < nextBoundary(config, open.timestamp)
    );
  }
}
