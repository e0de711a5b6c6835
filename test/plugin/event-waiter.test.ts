import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {EventWaiter, type WorkSource} from '../../src/plugin/event-waiter.ts';

const now = (): bigint => BigInt(Date.now());

beforeEach(() => {
  vi.useFakeTimers({now: 1_000_000});
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work from an instant on, or while `pending` says so. */
function source(workAt: bigint): WorkSource & {pending: boolean; asked: number} {
  return {
    pending: false,
    asked: 0,
    hasWork(nowMs) {
      this.asked += 1;
      return this.pending || nowMs >= workAt;
    },
    nextWorkTime: () => workAt,
  };
}

/** Whether a promise has settled once all callbacks that are due have run. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const state = promise.then(
    () => 'work',
    (error: {code: string}) => error.code,
  );
  const pending = Promise.resolve('waiting');
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  return Promise.race([state, pending]);
}

const NEVER = new AbortController().signal;

describe('EventWaiter', () => {
  it('answers at once when there is work', async () => {
    const waiter = new EventWaiter(now);
    waiter.setSource(source(0n));
    await waiter.wait(NEVER);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits without a source, and is woken by one', async () => {
    const waiter = new EventWaiter(now);
    const waiting = waiter.wait(NEVER);
    expect(await stateOf(waiting)).toBe('waiting');
    expect(vi.getTimerCount()).toBe(0);
    waiter.setSource(source(0n));
    await waiting;
  });

  it('has one timer for the next instant, however many wait, and none while nobody does', async () => {
    const waiter = new EventWaiter(now);
    const work = source(now() + 60_000n);
    waiter.setSource(work);
    expect(vi.getTimerCount()).toBe(0);
    const calls = [waiter.wait(NEVER), waiter.wait(NEVER), waiter.wait(NEVER)];
    expect(vi.getTimerCount()).toBe(1);
    const asked = work.asked;
    await vi.advanceTimersByTimeAsync(59_999);
    expect(work.asked).toBe(asked);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(calls);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is woken by a change', async () => {
    const waiter = new EventWaiter(now);
    const work = source(now() + 60_000n);
    waiter.setSource(work);
    const waiting = waiter.wait(NEVER);
    waiter.changed();
    expect(await stateOf(waiting)).toBe('waiting');
    work.pending = true;
    waiter.changed();
    expect(await stateOf(waiting)).toBe('work');
  });

  it('forgets a cancelled call and loses no event', async () => {
    const waiter = new EventWaiter(now);
    const work = source(now() + 60_000n);
    waiter.setSource(work);
    const cancel = new AbortController();
    const waiting = waiter.wait(cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({code: 'PLUGIN_CANCELLED'});
    expect(waiter.waitingCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    work.pending = true;
    waiter.changed();
    await waiter.wait(NEVER);
    await expect(waiter.wait(cancel.signal)).rejects.toMatchObject({code: 'PLUGIN_CANCELLED'});
  });

  it('leaves nothing behind after 1000 cancelled calls', async () => {
    const waiter = new EventWaiter(now);
    waiter.setSource(source(now() + 60_000n));
    const cancel = new AbortController();
    const listeners = vi.spyOn(cancel.signal, 'removeEventListener');
    const calls = Array.from({length: 1000}, () => waiter.wait(cancel.signal).catch(() => 1));
    expect(waiter.waitingCount).toBe(1000);
    cancel.abort();
    expect(await Promise.all(calls)).toHaveLength(1000);
    expect(waiter.waitingCount).toBe(0);
    expect(listeners).toHaveBeenCalledTimes(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never arms a timer that Node would cut short', async () => {
    const waiter = new EventWaiter(now);
    const work = source(now() + 1n + 3n * 2n ** 31n);
    waiter.setSource(work);
    const waiting = waiter.wait(NEVER);
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect(await stateOf(waiting)).toBe('waiting');
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(2 ** 33);
    await waiting;
  });

  it('ends open and later calls when it is closed', async () => {
    const waiter = new EventWaiter(now);
    waiter.setSource(source(now() + 60_000n));
    const waiting = waiter.wait(NEVER);
    waiter.close();
    await expect(waiting).rejects.toMatchObject({code: 'PLUGIN_STOPPED'});
    await expect(waiter.wait(NEVER)).rejects.toMatchObject({code: 'PLUGIN_STOPPED'});
    expect(vi.getTimerCount()).toBe(0);
  });
});
