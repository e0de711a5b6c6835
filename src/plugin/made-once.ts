/** Something that is made when it is first asked for, and once. A failure is not kept: the next may succeed. */
export class MadeOnce<T> {
  #made: Promise<T> | undefined;

  get(make: () => Promise<T>): Promise<T> {
    if (this.#made !== undefined) return this.#made;
    const made = make();
    this.#made = made;
    made.catch(() => {
      this.#made = undefined;
    });
    return made;
  }

  /** What was made; undefined when nothing was, also because it failed. */
  async peek(): Promise<T | undefined> {
    return this.#made?.catch(() => undefined);
  }
}
