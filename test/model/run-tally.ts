import type {HistoryResult} from './history.ts';
import {numberedRules} from './numbered-rules.ts';

const MIN_EPOCHS = 40;

type Counts = Map<string, number>;

function add(counts: Counts, name: string, n: number): void {
  counts.set(name, (counts.get(name) ?? 0) + n);
}

const line = (counts: Counts): string =>
  [...counts]
    .sort(([a], [b]) => a.localeCompare(b, 'en', {numeric: true}))
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

/** What all histories of a run came to. */
export class RunTally {
  histories = 0;
  #epochs = 0;
  #blocks = 0;
  #txs = 0;
  #short = 0;
  readonly #profiles: Counts = new Map();
  readonly #refused: Counts = new Map();
  readonly #reached: Counts = new Map(numberedRules().map((name) => [name, 0]));

  add({profile, epochs, blocks, txs, refused, reached}: HistoryResult): void {
    this.histories += 1;
    this.#epochs += epochs;
    this.#blocks += blocks;
    this.#txs += txs;
    if (epochs < MIN_EPOCHS) this.#short += 1;
    add(this.#profiles, profile, 1);
    for (const [code, n] of refused) add(this.#refused, code, n);
    for (const rule of reached) add(this.#reached, rule, 1);
  }

  /** What is wrong with the run as a whole: rules that too few histories reach, short histories. */
  problems(minReached: number): readonly string[] {
    const known = numberedRules();
    const unknown = [...this.#reached.keys()].filter((name) => !known.includes(name));
    const rare = [...this.#reached].filter(([, n]) => n < minReached);
    return [
      ...unknown.map((name) => `${name} is no rule of SPEC.md`),
      ...rare.map(([name, n]) => `${name} is reached by ${n} histories, fewer than ${minReached}`),
      ...(this.#short > 0 ? [`${this.#short} histories have fewer than ${MIN_EPOCHS} epochs`] : []),
    ];
  }

  summary(): string {
    return [
      `${this.histories} histories, ${this.#epochs} epochs, ${this.#blocks} blocks, ${this.#txs} transactions`,
      `profiles: ${line(this.#profiles)}`,
      `refused alike: ${line(this.#refused)}`,
      `histories that reach each rule: ${line(this.#reached)}`,
    ].join('\n');
  }
}
