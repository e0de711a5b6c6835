import type {NodeId} from '../protocol/bytes.ts';

/** Asks members in turn: some at first, and the next one in place of each that fails. */
export class MemberRound<T> {
  readonly #ask: (member: NodeId) => Promise<T>;
  /** Whom nobody has asked yet. */
  #left: readonly NodeId[];
  readonly #asked = new Set<NodeId>();
  readonly #missed: NodeId[] = [];
  readonly #answers: Promise<T>[] = [];

  /** @param members in the order in which they are asked */
  constructor(members: readonly NodeId[], ask: (member: NodeId) => Promise<T>) {
    this.#left = members;
    this.#ask = ask;
  }

  /** One for each member that is asked at the same time, whoever stands in for it. */
  get answers(): readonly Promise<T>[] {
    return this.#answers;
  }

  /** Asked, and neither heard nor failed so far. */
  get silent(): readonly NodeId[] {
    return [...this.#asked];
  }

  /** Those that failed. Complete once all answers are settled. */
  get missed(): readonly NodeId[] {
    return this.#missed;
  }

  /** Asks so many more. */
  ask(count: number): void {
    const first = this.#left.slice(0, count);
    this.#left = this.#left.slice(count);
    for (const member of first) this.#answers.push(this.#askInTurn(member));
  }

  /** Asks these, too. */
  askAlso(members: readonly NodeId[]): void {
    for (const member of members) this.#answers.push(this.#askInTurn(member));
  }

  /** Whom nobody has asked; and nobody will. */
  takeLeft(): readonly NodeId[] {
    const left = this.#left;
    this.#left = [];
    return left;
  }

  async #askInTurn(member: NodeId): Promise<T> {
    this.#asked.add(member);
    try {
      return await this.#ask(member);
    } catch (error) {
      this.#missed.push(member);
      const [next, ...others] = this.#left;
      if (next === undefined) throw error;
      this.#left = others;
      return this.#askInTurn(next);
    } finally {
      this.#asked.delete(member);
    }
  }
}
