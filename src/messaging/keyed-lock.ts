/** One at a time for each name; those with other names go on. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the action when nobody else holds any of the names; they are taken in one order by all. */
  async run<T>(names: readonly string[], action: () => Promise<T>): Promise<T> {
    const [first, ...rest] = names.length > 1 ? [...new Set(names)].sort() : names;
    if (first === undefined) return action();
    return this.#one(first, () => this.run(rest, action));
  }

  async #one<T>(name: string, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name);
    const mine = before === undefined ? action() : before.then(action, action);
    this.#tails.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(name) === mine) this.#tails.delete(name);
    }
  }
}
