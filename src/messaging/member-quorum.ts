import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {majorityOf, type SwarmState} from './ports.ts';

type Group = {readonly names: ReadonlySet<string>; readonly needed: number};

type Groups = Pick<SwarmState, 'members' | 'acknowledge'>;

/** Whom one of a swarm's members asks to write or to tell, and how many of them must have done it. */
export class MemberQuorum {
  /** All members, and whoever else has to take part, without the node itself. */
  readonly others: readonly NodeId[];
  /** Fewer of them are never enough. */
  readonly least: number;
  /** Each must take part by its majority; without the node itself, which always does. */
  readonly #groups: readonly Group[];

  private constructor({members, acknowledge}: Groups, nodeId: NodeId) {
    const own = bytesToKey(nodeId);
    const everybody = [...members, ...acknowledge.flat()];
    const distinct = new Map(everybody.map((each) => [bytesToKey(each), each]));
    distinct.delete(own);
    this.others = [...distinct.values()];
    this.#groups = [members, ...acknowledge].map((group) => {
      const names = new Set(group.map(bytesToKey));
      const needed = majorityOf(names.size);
      return {needed: names.delete(own) ? needed - 1 : needed, names};
    });
    this.least = Math.max(...this.#groups.map(({needed}) => needed));
  }

  /** What makes a write acknowledged. */
  static ofWrites(swarm: SwarmState, nodeId: NodeId): MemberQuorum {
    return new MemberQuorum(swarm, nodeId);
  }

  /**
   * What misses nothing that was acknowledged, also before the swarm was what it is. Before a merge the
   * sibling is not asked: what is acknowledged has a majority here.
   */
  static ofReads({members, acknowledge}: SwarmState, nodeId: NodeId): MemberQuorum {
    const names = new Set(members.map(bytesToKey));
    const isInside = (group: readonly NodeId[]): boolean =>
      group.every((each) => names.has(bytesToKey(each)));
    return new MemberQuorum({members, acknowledge: acknowledge.filter(isInside)}, nodeId);
  }

  /** Whether it is enough that these have done it, each once, and the node itself. */
  isEnough(done: readonly {readonly nodeId: NodeId}[]): boolean {
    if (done.length < this.least) return false;
    const names = done.map((each) => bytesToKey(each.nodeId));
    return this.#groups.every(
      (group) => names.filter((name) => group.names.has(name)).length >= group.needed,
    );
  }

  /** How many of these, from the first on, are enough when all of them do it; all when not even they are. */
  fewest(members: readonly NodeId[]): number {
    const all = members.map((nodeId) => ({nodeId}));
    for (let count = 0; count < all.length; count++) {
      if (this.isEnough(all.slice(0, count))) return count;
    }
    return all.length;
  }
}
