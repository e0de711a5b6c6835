import type {HashChain} from '../crypto/hash-chain.ts';
import {equalBytes, type Hash} from '../protocol/bytes.ts';
import {InvariantError} from '../protocol/errors.ts';
import {DaemonError} from './errors.ts';

type Reload = () => Promise<readonly HashChain[]>;

/**
 * A node's commit-reveal chains: position 0 is a secret seed, each next one SHA-256 of the one
 * before, the last one registered or announced. A reveal walks one position down. Key rotations
 * bring new chains; the chain's tip says which one is in use. SPEC.md §5.2, §5.8.
 */
export class Reveals {
  /** Newest first. */
  #chains: readonly HashChain[];
  #current: HashChain;
  readonly #reload: Reload;
  /** Where the chain's tip was last seen: it only walks down, one a duty. */
  #near: number;

  /**
   * @param chains newest first, at least one
   * @param reload reads the key file again: a rotation may have come since
   */
  constructor(chains: readonly HashChain[], reload: Reload = async () => []) {
    const [newest] = chains;
    if (newest === undefined) throw new InvariantError('a node has a hash chain');
    this.#chains = chains;
    this.#current = newest;
    this.#reload = reload;
    this.#near = newest.steps;
  }

  get steps(): number {
    return this.#current.steps;
  }

  /** Value at the position: what a node registers, or reveals. */
  at(position: number): Hash {
    return this.#current.preimage(position);
  }

  #find(tip: Hash): number | undefined {
    for (let walked = 0; walked <= this.steps; walked++) {
      const position = (this.#near - walked + this.steps + 1) % (this.steps + 1);
      if (!equalBytes(this.at(position), tip)) continue;
      this.#near = position;
      return position;
    }
    return undefined;
  }

  /** Turns to the chain that has this value. */
  #turnTo(tip: Hash): number | undefined {
    const before = {current: this.#current, near: this.#near};
    for (const chain of this.#chains) {
      this.#current = chain;
      this.#near = chain.steps;
      const position = this.#find(tip);
      if (position !== undefined) return position;
    }
    this.#current = before.current;
    this.#near = before.near;
    return undefined;
  }

  /**
   * Position of the tip that the chain shows, in the hash chain that it belongs to.
   * @throws DaemonError DAEMON_HASH_CHAIN_MISMATCH when it is none of this node's.
   */
  async positionOf(tip: Hash): Promise<number> {
    const known = this.#find(tip) ?? this.#turnTo(tip);
    if (known !== undefined) return known;
    const chains = await this.#reload();
    if (chains.length > 0) this.#chains = chains;
    const found = this.#turnTo(tip);
    if (found === undefined) throw new DaemonError('DAEMON_HASH_CHAIN_MISMATCH');
    return found;
  }

  /** @throws DaemonError DAEMON_HASH_CHAIN_SPENT */
  below(position: number): {readonly position: number; readonly reveal: Hash} {
    if (position === 0) throw new DaemonError('DAEMON_HASH_CHAIN_SPENT');
    return {position: position - 1, reveal: this.at(position - 1)};
  }
}
