import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createGroupCommit} from '../../../src/storage/group-commit.ts';
import type {WriteOperation} from '../../../src/storage/kv.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {type Bench, median, perSecond, type Row} from '../row.ts';

/** A stored message: its bytes, its operation and its history. */
const VALUE_BYTES = [1000, 150, 100];
const WRITERS = 32;
const ROUNDS = 7;
/** Writes of one round. */
const ALONE = 100;
const TOGETHER = 1600;

type Write = (writes: readonly WriteOperation[]) => Promise<void>;

const message = (): readonly WriteOperation[] =>
  VALUE_BYTES.map((bytes) => ({type: 'put', key: randomBytes(40), value: randomBytes(bytes)}));

/** Writes per second of so many writers, each of which waits for its own. */
async function rateOf(write: Write, writers: number, count: number): Promise<number> {
  const messages = Array.from({length: count}, message);
  const writer = async (): Promise<void> => {
    for (let next = messages.pop(); next !== undefined; next = messages.pop()) await write(next);
  };
  const start = performance.now();
  await Promise.all(Array.from({length: writers}, writer));
  return (count / (performance.now() - start)) * 1000;
}

async function measure(store: LevelStore): Promise<readonly Row[]> {
  const bare: Write = (writes) => store.batch(writes, {sync: true});
  const {write: grouped} = createGroupCommit(store);
  const rates = {bare: [] as number[], one: [] as number[], many: [] as number[]};
  await rateOf(grouped, WRITERS, TOGETHER);
  // In turn, so that a slow moment of the machine meets all.
  for (let i = 0; i < ROUNDS; i++) {
    rates.bare.push(await rateOf(bare, 1, ALONE));
    rates.one.push(await rateOf(grouped, 1, ALONE));
    rates.many.push(await rateOf(grouped, WRITERS, TOGETHER));
  }
  const [alone, one, many] = [median(rates.bare), median(rates.one), median(rates.many)];
  const limit = `${perSecond(alone)} one synced batch each`;
  return [
    {
      name: 'group commit, 1 writer',
      figure: perSecond(one),
      limit,
      ratio: one / alone,
      target: '≥ 0.8 ×',
      met: one >= 0.8 * alone,
    },
    {
      name: `group commit, ${WRITERS} writers`,
      figure: perSecond(many),
      limit,
      ratio: many / alone,
      target: '≥ 4 ×',
      met: many >= 4 * alone,
    },
  ];
}

/** Acknowledged writes: what sharing a sync gives over one sync for each. */
export const groupCommit: Bench = {
  name: 'group commit',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bench-'));
    try {
      await using store = await LevelStore.open(folder);
      return await measure(store);
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};
