import {getEventListeners} from 'node:events';
import {expect, it} from 'vitest';
import {sleep} from '../../src/client/sleep.ts';

it('ends by itself, and leaves nothing on the signal', async () => {
  const {signal} = new AbortController();
  await expect(sleep(1, signal)).resolves.toBeUndefined();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('ends with the reason of the signal, before and while it waits', async () => {
  const reason = new Error('enough');
  const stop = new AbortController();
  const sleeping = sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(sleep(60_000, stop.signal)).rejects.toBe(reason);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});
