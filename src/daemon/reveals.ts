import type {HashChain} from '../crypto/hash-chain.ts';
import {equalBytes, type Hash} from '../protocol/bytes.ts';
import {DaemonError} from './errors.ts';

/**
 * A node's commit-reveal chain: position 0 is its secret seed, each next one SHA-256 of the one
 * before, the last one registered. A reveal walks one position down. SPEC.md §6.3.
 */
export class Reveals {
  readonly #chain: HashChain;
  /** Where the chain's tip was last seen: it only walks down, one a duty. */
  #near: number;

  constructor(chain: HashChain) {
    this.#chain = chain;
    this.#near = chain.steps;
  }

  get steps(): number {
    return this.#chain.steps;
  }

  /** Value at the position: what a node registers, or reveals. */
  at(position: number): Hash {
    return this.#chain.preimage(position);
  }

  /**
   * Position of the tip that the chain shows.
   * @throws DaemonError DAEMON_HASH_CHAIN_MISMATCH when it is none of this node's.
   */
  positionOf(tip: Hash): number {
    for (let walked = 0; walked <= this.steps; walked++) {
      const position = (this.#near - walked + this.steps + 1) % (this.steps + 1);
      if (!equalBytes(this.at(position), tip)) continue;
      this.#near = position;
      return position;
    }
    throw new DaemonError('DAEMON_HASH_CHAIN_MISMATCH');
  }

  /** @throws DaemonError DAEMON_HASH_CHAIN_SPENT */
  below(position: number): {readonly position: number; readonly reveal: Hash} {
    if (position === 0) throw new DaemonError('DAEMON_HASH_CHAIN_SPENT');
    return {position: position - 1, reveal: this.at(position - 1)};
  }
}
