import type {Stamp} from '../../src/protocol/stored-record.ts';

/** Who was sent what, what was acknowledged, and what readers saw of it. */
export class Scores {
  /** By reader: texts whose store was answered with ok. */
  readonly #acknowledged: readonly Set<string>[];
  /** By reader: under which stamps each text was shown. */
  readonly #shown: readonly Map<string, string[]>[];
  readonly #failures = new Map<string, number>();
  stores = 0;

  constructor(readers: number) {
    this.#acknowledged = Array.from({length: readers}, () => new Set());
    this.#shown = Array.from({length: readers}, () => new Map());
  }

  acknowledge(reader: number, text: string): void {
    this.#acknowledged[reader]?.add(text);
  }

  show(reader: number, text: string, {clockMs, counter}: Stamp): void {
    const stamps = this.#shown[reader]?.get(text) ?? [];
    stamps.push(`${clockMs}/${counter} (at ${Date.now()})`);
    this.#shown[reader]?.set(text, stamps);
  }

  fail(what: string, error: unknown): void {
    const coded = error instanceof Error ? (error as {readonly code?: unknown}).code : undefined;
    const name = `${what} ${String(coded ?? error)}`;
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  get acknowledged(): number {
    return this.#acknowledged.reduce((sum, {size}) => sum + size, 0);
  }

  get shown(): number {
    return this.#shown.reduce((sum, {size}) => sum + size, 0);
  }

  /** Acknowledged, and not shown to its reader so far. */
  missing(reader: number): readonly string[] {
    const shown = this.#shown[reader];
    return [...(this.#acknowledged[reader] ?? [])].filter((text) => shown?.has(text) !== true);
  }

  get missingInAll(): number {
    return this.#shown.reduce((sum, _, reader) => sum + this.missing(reader).length, 0);
  }

  /** Texts that a reader was shown again, with their stamps. */
  get twice(): readonly string[] {
    return this.#shown.flatMap((shown) =>
      [...shown]
        .filter(([, stamps]) => stamps.length > 1)
        .map(([text, stamps]) => `${text} ${stamps.join(', ')}`),
    );
  }
}
