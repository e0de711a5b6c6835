import {beforeEach, describe, expect, it} from 'vitest';
import {KeyedLock} from '../../src/messaging/keyed-lock.ts';

let lock: KeyedLock;
let running: string[];
let most: number;
beforeEach(() => {
  lock = new KeyedLock();
  running = [];
  most = 0;
});

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Fails the test when somebody else who holds one of the names is at it. */
async function act(names: readonly string[]): Promise<void> {
  for (const name of names) expect(running).not.toContain(name);
  running.push(...new Set(names));
  most = Math.max(most, running.length);
  await turn();
  running = running.filter((name) => !names.includes(name));
}

describe('KeyedLock', () => {
  it('lets one at a time hold a name, and the others go on', async () => {
    const names = [['a'], ['b'], ['a', 'b'], ['b', 'a'], ['c'], ['a', 'a'], []];
    const wanted = Array.from({length: 70}, (_, i) => names[i % names.length]!);
    await Promise.all(wanted.map((each) => lock.run(each, () => act(each))));
    expect(running).toEqual([]);
    expect(most).toBeGreaterThan(1);
  });

  it('serves those who wait in the order in which they came', async () => {
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map((number) =>
      lock.run(['a'], async () => {
        await turn();
        order.push(number);
      }),
    );
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('goes on behind one that fails, and tells its caller alone', async () => {
    const outcomes = await Promise.allSettled([
      lock.run(['a'], async () => {
        await turn();
        throw new Error('first');
      }),
      lock.run(['a'], () => act(['a'])),
      lock.run(['a'], () => Promise.reject(new Error('third'))),
      lock.run(['a', 'b'], async () => 'fourth'),
    ]);
    expect(outcomes).toEqual([
      {status: 'rejected', reason: new Error('first')},
      {status: 'fulfilled', value: undefined},
      {status: 'rejected', reason: new Error('third')},
      {status: 'fulfilled', value: 'fourth'},
    ]);
  });
});
