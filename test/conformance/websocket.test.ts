import {afterEach, expect, it} from 'vitest';
import {waitFor} from '../plugin/harness.ts';
import {WsClient, wsUrl} from '../plugin/ws-client.ts';
import {Bench, fastest, timed} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

it('59 a WebSocket works through Hijack: what is sent comes back, whatever its size', async () => {
  const host = await bench.start();
  const client = await WsClient.open(wsUrl(host.rpcUrl));
  for (const length of [0, 1, 125, 126, 1000, 2600]) {
    const text = 'é'
      .repeat(length / 2)
      .padEnd(length, 'x')
      .slice(0, length);
    expect((await client.call('ping', {text})).result).toEqual({text});
  }
  const many = Array.from({length: 12}, (_, i) => client.call('ping', {i}));
  expect((await Promise.all(many)).map(({result}) => result.i)).toEqual([...many.keys()]);
  client.socket.send('x'.repeat(4097));
  await waitFor(() => client.closed !== undefined);
  expect(client.closed).toMatchObject({code: 1009});
});

it.each(['the client closes', 'the client vanishes', 'the plugin closes'])(
  '59 when %s, Handle ends and no connection is left within 1 s',
  async (how) => {
    const host = await bench.start();
    const ended = fastest(async () => {
      const client = await WsClient.open(wsUrl(host.rpcUrl));
      expect((await client.call('ping', {x: 1})).result).toEqual({x: 1});
      expect(host.upgrades()).toBe(1);
      const {ms} = await timed(async () => {
        if (how === 'the client closes') client.socket.close();
        else if (how === 'the client vanishes') host.cutUpgrades();
        else client.socket.send(new Uint8Array(8));
        await waitFor(() => host.upgrades() === 0 && client.closed !== undefined);
      });
      if (how === 'the plugin closes') {
        expect(client.closed).toEqual({code: 1003, reason: 'EVENTS_NOT_TEXT'});
      }
      return ms;
    });
    expect(await ended).toBeLessThan(1000);
    expect((await host.vm.call('Version', {})).version).not.toBe('');
  },
);
