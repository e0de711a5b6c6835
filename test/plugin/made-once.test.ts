import {expect, it} from 'vitest';
import {MadeOnce} from '../../src/plugin/made-once.ts';
import {type PluginPorts, PluginVm} from '../../src/plugin/plugin-vm.ts';

const TOO_MANY_FILES = new Error('EMFILE');

it('something is made once, and again after a failure', async () => {
  const once = new MadeOnce<number>();
  let made = 0;
  const make = async (): Promise<number> => {
    made += 1;
    if (made === 1) throw TOO_MANY_FILES;
    return made;
  };
  expect(await once.peek()).toBeUndefined();
  const both = await Promise.allSettled([once.get(make), once.get(make)]);
  expect(both.map(({status}) => status)).toEqual(['rejected', 'rejected']);
  expect(await once.peek()).toBeUndefined();
  expect([await once.get(make), await once.get(make), await once.peek()]).toEqual([2, 2, 2]);
});

it('a plugin whose HTTP server could not be opened opens it when asked again, and stops without one', async () => {
  let [isFull, closed] = [true, 0];
  const ports = {
    now: () => 0n,
    async serveHttp() {
      if (isFull) throw TOO_MANY_FILES;
      return {address: '127.0.0.1:1', close: () => (closed += 1)};
    },
  } as unknown as PluginPorts;
  const router = (): never => undefined as never;
  const [without, vm] = [new PluginVm(ports), new PluginVm(ports)];
  for (const each of [without, vm])
    await expect(each.serveHttp(router)).rejects.toBe(TOO_MANY_FILES);
  await without.stop();
  isFull = false;
  expect(await vm.serveHttp(router)).toBe('127.0.0.1:1');
  await vm.stop();
  expect(closed).toBe(1);
});
