import {setImmediate} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {CheckBarrier} from '../../src/messaging/check-barrier.ts';

type Check = ReturnType<typeof Promise.withResolvers<void>>;

/** A barrier, and who has passed it, by turn of the event loop. */
function build() {
  const barrier = new CheckBarrier((action) => void globalThis.setImmediate(action));
  const passed: string[][] = [];
  let turn: string[] | undefined;
  const pass = async (name: string): Promise<void> => {
    await barrier.pass();
    if (turn === undefined) {
      turn = [];
      passed.push(turn);
      globalThis.setImmediate(() => {
        turn = undefined;
      });
    }
    turn.push(name);
  };
  /** Checked, and then through the barrier. */
  const come = (name: string): Check => {
    const check = Promise.withResolvers<void>();
    const checked = async (): Promise<void> => {
      await barrier.during(() => check.promise);
      // Whoever called for the check has its own promises to wait for.
      for (let i = 0; i < 10; i++) await undefined;
      await pass(name);
    };
    checked().catch(() => undefined);
    return check;
  };
  return {passed, pass, come};
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await setImmediate();
};

describe('the barrier behind checks', () => {
  it('holds nobody up when nothing is checked', async () => {
    const {passed, pass} = build();
    await pass('a');
    expect(passed).toEqual([['a']]);
  });

  it('lets all who were checked at the same time pass in one turn, the last of them, too', async () => {
    const {passed, come} = build();
    const checks = ['a', 'b', 'c'].map(come);
    for (const {resolve} of checks) {
      expect(passed).toEqual([]);
      resolve();
      await turns(2);
    }
    await turns(2);
    expect(passed).toEqual([['a', 'b', 'c']]);
  });

  it('does not wait for what begins later, however much comes', async () => {
    const {passed, come, pass} = build();
    const check = come('a');
    const waiting = pass('b');
    await turns(2);
    const endless = Array.from({length: 100}, (_, index) => come(`later ${index}`));
    check.resolve();
    await waiting;
    await turns(2);
    expect(passed).toEqual([['b', 'a']]);
    for (const {resolve} of endless) resolve();
    await turns(4);
    expect(passed).toHaveLength(2);
    expect(passed[1]).toHaveLength(100);
  });

  it('holds nobody up behind very many', async () => {
    const {passed, come, pass} = build();
    const many = Array.from({length: 65}, (_, index) => come(`check ${index}`));
    await pass('a');
    expect(passed).toEqual([['a']]);
    for (const {resolve} of many) resolve();
    await turns(4);
    expect(passed[1]).toHaveLength(65);
  });

  it('waits for what came in the same turn, and opens when a check fails', async () => {
    const {passed, come, pass} = build();
    const waiting = pass('a');
    const check = come('b');
    await turns(4);
    expect(passed).toEqual([]);
    check.reject(new Error('no thread'));
    await waiting;
    expect(passed).toEqual([['a']]);
  });
});
