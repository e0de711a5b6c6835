import {randomBytes} from 'node:crypto';
import {Socket} from 'node:net';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {ECHO, echo, Network, peerOf} from './network.ts';

const REQUESTS = 200;
/** Pings and identify of the connection itself, in one direction. */
const SLACK = 20;

let network: Network;
beforeEach(() => {
  network = new Network();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await network.stop();
});

async function connected() {
  const [server, client] = [await network.service(), await network.client()];
  await server.serve(ECHO, echo);
  const caller = client.caller(ECHO);
  const ask = (size: number): Promise<Uint8Array> =>
    caller.request(peerOf(server), new Uint8Array(randomBytes(size)));
  await ask(1);
  return ask;
}

describe('the transport', () => {
  it('takes one system call for a request and one for its answer, window updates among them', async () => {
    const ask = await connected();
    const write = vi.spyOn(Socket.prototype, 'write');
    for (let i = 0; i < REQUESTS; i++) await ask(3000);
    expect(write.mock.calls.length).toBeGreaterThanOrEqual(2 * REQUESTS);
    expect(write.mock.calls.length).toBeLessThanOrEqual(2 * REQUESTS + SLACK);
  });

  it('makes no error to say that a message has ended', async () => {
    const ask = await connected();
    let made = 0;
    const counting = new Proxy(RangeError, {
      apply(target, _, [message]) {
        made += 1;
        return new target(message);
      },
    });
    vi.stubGlobal('RangeError', counting);
    for (let i = 0; i < REQUESTS; i++) await ask(3000);
    vi.unstubAllGlobals();
    expect(made).toBe(0);
  });

  it('never lets a window run dry: ten times its size goes both ways, in small and large pieces', async () => {
    const ask = await connected();
    for (let i = 0; i < 60; i++) expect(await ask(50_000)).toHaveLength(50_000);
    const large = await Promise.all(Array.from({length: 12}, () => ask(900_000)));
    expect(large.map(({length}) => length)).toEqual(Array(12).fill(900_000));
  });
});
