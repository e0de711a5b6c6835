import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {LevelStore} from '../../src/storage/level.ts';
import {lastOf, numbersIn, WRITERS} from './numbered-writes.ts';

const CHILD = join(import.meta.dirname, 'writing-child.ts');
const ROUNDS = 24;

type Acknowledged = {readonly number: number; readonly writer: number};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-kill-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

/** Kills it some time after it began, or after its first acknowledgement. */
async function writeUntilKilled(first: number, round: number): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, [CHILD, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const closed = once(child, 'close');
  // Every fourth may die while it opens.
  if (round % 4 === 3) await sleep(Math.random() * 300);
  else {
    await Promise.race([once(child.stdout, 'data'), closed]);
    await sleep(Math.random() * 80);
  }
  child.kill('SIGKILL');
  const [, signal] = await closed;
  expect(signal).toBe('SIGKILL');
  // What follows the last newline was cut.
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [number = -1, writer = -1] = line.split(' ').map(Number);
    return {number, writer};
  });
}

describe('group commit under kill -9', () => {
  it(`loses nothing acknowledged and tears nothing in ${ROUNDS} rounds`, async () => {
    const all: number[] = [];
    const last = new Map<number, number>();
    let first = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await writeUntilKilled(first, round);
      await using store = await LevelStore.open(folder);
      const found = await numbersIn(store);
      for (const {number, writer} of acknowledged) {
        all.push(number);
        last.set(writer, number);
      }
      expect(all.filter((number) => !found.has(number))).toEqual([]);
      for (let writer = 0; writer < WRITERS; writer++) {
        expect(await lastOf(store, writer)).toBeGreaterThanOrEqual(last.get(writer) ?? -1);
      }
      first = Math.max(first, ...found) + 1;
    }
    expect(all.length).toBeGreaterThan(ROUNDS * WRITERS);
  }, 180_000);
});
