import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {majorityOf, type SwarmState, writersOf} from './ports.ts';

type Group = {readonly names: ReadonlySet<string>; readonly needed: number};

/** Who gets a swarm's writes from one of its members, and how many of them must have written. */
export class WriteQuorum {
  /** All members, and whoever else has to acknowledge a write, without the node itself. */
  readonly others: readonly NodeId[];
  /** Each must have written by its majority; without the node itself, which writes first of all. */
  readonly #groups: readonly Group[];
  /** Fewer are never enough. */
  readonly #least: number;

  constructor(swarm: SwarmState, nodeId: NodeId) {
    const own = bytesToKey(nodeId);
    const {members, acknowledge} = swarm;
    const distinct = new Map(writersOf(swarm).map((each) => [bytesToKey(each), each]));
    distinct.delete(own);
    this.others = [...distinct.values()];
    this.#groups = [members, ...acknowledge].map((group) => {
      const names = new Set(group.map(bytesToKey));
      const needed = majorityOf(names.size);
      return {needed: names.delete(own) ? needed - 1 : needed, names};
    });
    this.#least = Math.max(...this.#groups.map(({needed}) => needed));
  }

  /** Whether it is enough that these have written, each once, and the node itself. */
  isEnough(written: readonly {readonly nodeId: NodeId}[]): boolean {
    if (written.length < this.#least) return false;
    const names = written.map((each) => bytesToKey(each.nodeId));
    return this.#groups.every(
      (group) => names.filter((name) => group.names.has(name)).length >= group.needed,
    );
  }

  /** How many of these, from the first on, are enough when all of them write; all when not even they are. */
  fewest(members: readonly NodeId[]): number {
    const all = members.map((nodeId) => ({nodeId}));
    for (let count = 0; count < all.length; count++) {
      if (this.isEnough(all.slice(0, count))) return count;
    }
    return all.length;
  }
}
