/** Facts of a step that went well, for its line of output. */
export type StepResult<T> = {readonly value: T; readonly facts: string};

export type Say = (line: string) => void;

const seconds = (sinceMs: number): string =>
  `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Runs steps one after the other and prints each as it begins and as it ends. */
export class Runner {
  readonly #say: Say;
  readonly #startedAt = performance.now();
  #begun = 0;
  #passed = 0;
  #current: string | undefined;

  constructor(say: Say) {
    this.#say = say;
  }

  /** The step that runs, or the one that failed: the first to throw stays the current one. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Runs one named check; whatever it throws ends the run. */
  async step<T>(name: string, run: () => Promise<StepResult<T>>): Promise<T> {
    const startedAt = performance.now();
    this.#begun++;
    this.#current = name;
    this.#say(`${String(this.#begun).padStart(2)}. ${name}`);
    const {value, facts} = await run();
    this.#passed++;
    this.#say(`    ok, ${seconds(startedAt)}${facts === '' ? '' : `: ${facts}`}`);
    this.#current = undefined;
    return value;
  }

  /** A line of progress within a long step. */
  note(line: string): void {
    this.#say(`    ${line}`);
  }

  /** `12 passed, 0 failed, in 34.5 s`; the first failure ends a run, so later steps are not counted. */
  get summary(): string {
    const failed = this.#begun - this.#passed;
    return `${this.#passed} passed, ${failed} failed, in ${seconds(this.#startedAt)}`;
  }
}
