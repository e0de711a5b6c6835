import {expect, it} from 'vitest';
import {type EndlessTask, runTogether} from '../../src/daemon/run-together.ts';

function endless(ended: string[], name: string): EndlessTask {
  return (signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        setImmediate(() => {
          ended.push(name);
          reject(signal.reason);
        });
      });
    });
}

it('ends all with the reason of the signal', async () => {
  const ended: string[] = [];
  const stop = new AbortController();
  const running = runTogether([endless(ended, 'a'), endless(ended, 'b')], stop.signal);
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  expect(ended).toEqual(['a', 'b']);
});

it('stops the others, and waits for them, when one fails', async () => {
  const ended: string[] = [];
  const failing: EndlessTask = async () => {
    await Promise.resolve();
    throw new RangeError('broken');
  };
  const {signal} = new AbortController();
  await expect(runTogether([endless(ended, 'a'), failing], signal)).rejects.toThrow('broken');
  expect(ended).toEqual(['a']);
});
