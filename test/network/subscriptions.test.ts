import {setTimeout} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ServeContext} from '../../src/network/overlay.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {ECHO, Network, peerOf} from './network.ts';

let network: Network;
beforeEach(() => {
  network = new Network();
});
afterEach(() => network.stop());

const coded = (code: string) => expect.objectContaining({code});

async function collect(events: AsyncIterable<Uint8Array>): Promise<number[]> {
  const lengths: number[] = [];
  for await (const event of events) lengths.push(event.length);
  return lengths;
}

/** Counts up for ever, one event every few ms, until it is told to stop. */
async function* endless(_: Uint8Array, {signal}: ServeContext): AsyncGenerator<Uint8Array> {
  for (let i = 1; !signal.aborted; i++) {
    yield new Uint8Array(i);
    await setTimeout(2);
  }
}

describe('a subscription', () => {
  it('brings each event in order, and ends with the server', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, async function* () {
      for (let i = 0; i < 200; i++) yield new Uint8Array(i);
    });
    const events = client.caller(ECHO).subscribe(peerOf(server), new Uint8Array());
    expect(await collect(events)).toEqual(Array.from({length: 200}, (_, i) => i));
  });

  it('ends with the refusal of the server, after the events before it', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, async function* () {
      yield new Uint8Array(1);
      throw new SessionError('MESSAGING_NOT_A_MEMBER');
    });
    const lengths: number[] = [];
    const watching = (async () => {
      const events = client.caller(ECHO).subscribe(peerOf(server), new Uint8Array());
      for await (const event of events) lengths.push(event.length);
    })();
    await expect(watching).rejects.toEqual(coded('MESSAGING_NOT_A_MEMBER'));
    expect(lengths).toEqual([1]);
  });

  it('tells the server when the loop is left', async () => {
    const [server, client] = [await network.service(), await network.client()];
    const ended = Promise.withResolvers<boolean>();
    await server.serve(ECHO, async function* (request, context) {
      try {
        yield* endless(request, context);
      } finally {
        ended.resolve(context.signal.aborted);
      }
    });
    for await (const event of client.caller(ECHO).subscribe(peerOf(server), new Uint8Array())) {
      if (event.length === 3) break;
    }
    expect(await ended.promise).toBe(true);
  });

  it('an abort ends it on both sides', async () => {
    const [server, client] = [await network.service(), await network.client()];
    const ended = Promise.withResolvers<void>();
    await server.serve(ECHO, async function* (request, context) {
      try {
        yield* endless(request, context);
      } finally {
        ended.resolve();
      }
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const watching = (async () => {
      const {signal} = controller;
      const events = client.caller(ECHO).subscribe(peerOf(server), new Uint8Array(), {signal});
      for await (const event of events) if (event.length === 3) controller.abort(reason);
    })();
    await expect(watching).rejects.toBe(reason);
    await ended.promise;
  });

  it('holds the server back when the loop is slow: nothing piles up, nothing is lost', async () => {
    const [server, client] = [await network.service(), await network.client()];
    let sent = 0;
    const count = 100;
    await server.serve(ECHO, async function* () {
      for (; sent < count; sent++) yield new Uint8Array(100_000);
    });
    let seen = 0;
    for await (const event of client.caller(ECHO).subscribe(peerOf(server), new Uint8Array())) {
      expect(event).toHaveLength(100_000);
      if (seen === 0) await setTimeout(500);
      // What lies between: the windows of the muxer and the sockets' buffers, 4 MiB at most.
      if (seen === 0) expect(sent).toBeLessThan(50);
      seen += 1;
    }
    expect(seen).toBe(count);
  });

  it('does not stand in the way of requests, and they not in its', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, (request, context) =>
      request.length === 0 ? endless(request, context) : Promise.resolve(request),
    );
    const caller = client.caller(ECHO);
    let seen = 0;
    for await (const _ of caller.subscribe(peerOf(server), new Uint8Array())) {
      expect(await caller.request(peerOf(server), new Uint8Array(9))).toHaveLength(9);
      seen += 1;
      if (seen === 5) break;
    }
    expect(seen).toBe(5);
  });

  it('NETWORK_CLOSED when the server dies', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, endless);
    const watching = (async () => {
      for await (const event of client.caller(ECHO).subscribe(peerOf(server), new Uint8Array())) {
        if (event.length === 3) void server.stop();
      }
    })();
    await expect(watching).rejects.toEqual(coded('NETWORK_CLOSED'));
  });
});
