import type {NodeId} from '../protocol/bytes.ts';
import type {Patience} from './patience.ts';

/** Asks members in turn: some at first, and the next one in place of each that fails. */
export class MemberRound<T> {
  readonly #ask: (member: NodeId) => Promise<T>;
  readonly #patience: Patience;
  /** Whom nobody has asked yet. */
  #left: readonly NodeId[];
  readonly #asked = new Set<NodeId>();
  readonly #missed: NodeId[] = [];
  readonly #answers: Promise<T>[] = [];

  /**
   * @param members in the order in which they are asked
   * @param patience is told how long each answer took
   */
  constructor(members: readonly NodeId[], ask: (member: NodeId) => Promise<T>, patience: Patience) {
    this.#left = members;
    this.#ask = ask;
    this.#patience = patience;
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
    const startMs = performance.now();
    this.#asked.add(member);
    try {
      const answer = await this.#ask(member);
      this.#patience.answered(performance.now() - startMs);
      return answer;
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
