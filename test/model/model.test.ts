import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {runHistory} from './history.ts';
import {numberedRules} from './numbered-rules.ts';
import {RunTally} from './run-tally.ts';

/** Of the run that `npm run model` makes of 2000. */
const HISTORIES = 60;
const SEED = 2;
const REFERENCE = join(import.meta.dirname, '..', 'reference');

describe('src/vm beside the reference', () => {
  it(`agrees with it in ${HISTORIES} random histories, block by block`, () => {
    const tally = new RunTally();
    for (let index = 0; index < HISTORIES; index++) tally.add(runHistory(SEED, index));
    expect(tally.histories).toBe(HISTORIES);
    expect(tally.problems(0)).toEqual([]);
  }, 240_000);

  it('gives the same history for the same seed and index', () => {
    expect(runHistory(SEED, 3)).toEqual(runHistory(SEED, 3));
    expect(runHistory(SEED, 3)).not.toEqual(runHistory(SEED + 1, 3));
  }, 60_000);
});

describe('the reference', () => {
  const files = readdirSync(REFERENCE).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => [name, readFileSync(join(REFERENCE, name), 'utf8')] as const);

  it('shares nothing with src: it imports its own files and node:crypto', () => {
    expect(files.length).toBeGreaterThan(15);
    for (const [name, source] of sources) {
      const imported = [...source.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, it]) => it);
      const foreign = imported.filter(
        (it) => it !== 'node:crypto' && !/^\.\/[a-z-]+\.ts$/.test(it ?? ''),
      );
      expect(foreign, name).toEqual([]);
    }
  });

  it('names every numbered rule of SPEC.md, and no other', () => {
    const named = sources.flatMap(([, source]) => [...source.matchAll(/'(R[0-9]+)'/g)]);
    const rules = new Set(named.map(([, name]) => name ?? ''));
    expect([...rules].sort()).toEqual([...numberedRules()].sort());
    expect(rules.size).toBeGreaterThan(60);
  });
});
