import {expect, it, vi} from 'vitest';
import {deliverHints} from '../../src/daemon/deliver-hints.ts';
import {recordingPorts} from './recorder.ts';

it('begins a round each second, whatever earlier ones do, and stops when all are over', async () => {
  const {ports, lines, pauses} = recordingPorts();
  const stop = new AbortController();
  const first = Promise.withResolvers<number>();
  const outcomes = [
    () => first.promise,
    () => Promise.reject(new Error('disk full')),
    () => Promise.resolve(3),
  ];
  let rounds = 0;
  const run = (): Promise<number> => {
    rounds += 1;
    return outcomes.shift()?.() ?? Promise.resolve(0);
  };
  let isOver = false;
  const task = deliverHints(
    {hints: {run}},
    ports,
  )(stop.signal).finally(() => {
    isOver = true;
  });
  task.catch(() => undefined);
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(4));
  stop.abort(new Error('enough'));
  await ports.sleep(0, new AbortController().signal);
  await ports.sleep(0, new AbortController().signal);
  expect(isOver).toBe(false);
  first.resolve(200);
  await expect(task).rejects.toThrow('enough');
  expect(lines).toMatchObject([
    {event: 'hints.failed'},
    {event: 'hints.delivered', facts: {operations: 3}},
    {event: 'hints.delivered', facts: {operations: 200}},
  ]);
  expect(pauses[0]).toBe(1000);
});
