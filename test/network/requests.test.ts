import {randomBytes} from 'node:crypto';
import {setTimeout} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {RemoteError} from '../../src/network/errors.ts';
import {bytes, encode} from '../../src/protocol/codec.ts';
import {InvariantError, SessionError} from '../../src/protocol/errors.ts';
import {ECHO, echo, Network, OTHER_CHAIN, peerOf} from './network.ts';
import {RawPeer, requestFrame} from './raw-peer.ts';

let network: Network;
beforeEach(() => {
  network = new Network();
});
afterEach(() => network.stop());

const refusal = (code: string, details = {}) => expect.objectContaining({code, ...details});

describe('request and answer', () => {
  it('brings an answer of any size up to the limit', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, echo);
    const caller = client.caller(ECHO);
    for (const size of [0, 1, 127, 128, 70_000, ECHO.request.maxSize - 4]) {
      const request = new Uint8Array(randomBytes(size));
      expect(await caller.request(peerOf(server), request)).toEqual(request);
    }
  });

  it('keeps 500 requests apart that are asked for at once', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, async (request) => {
      // Later ones overtake earlier ones.
      await setTimeout(request[0]! % 7);
      return request;
    });
    const caller = client.caller(ECHO);
    const requests = Array.from({length: 500}, (_, i) => Uint8Array.of(i & 0xff, i >> 8));
    const answers = await Promise.all(requests.map((one) => caller.request(peerOf(server), one)));
    expect(answers).toEqual(requests);
  });

  it('begins a few of those that come together, then lets the event loop go on', async () => {
    const [server, client] = [await network.service(), await network.client()];
    let [begun, most] = [0, 0];
    await server.serve(ECHO, async (request) => {
      if (begun === 0) {
        setImmediate(() => {
          begun = 0;
        });
      }
      begun += 1;
      most = Math.max(most, begun);
      return request;
    });
    const caller = client.caller(ECHO);
    const requests = Array.from({length: 64}, (_, i) => Uint8Array.of(i));
    await caller.request(peerOf(server), Uint8Array.of(0));
    const answers = await Promise.all(requests.map((one) => caller.request(peerOf(server), one)));
    expect(answers).toEqual(requests);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('lets whoever sends faster than that wait, however much of it there is', async () => {
    const server = await network.service({limits: {rateBurst: 100_000}});
    let served = 0;
    await server.serve(ECHO, async () => {
      served += 1;
      return new Uint8Array();
    });
    const sender = await RawPeer.start();
    const stream = await sender.open(server, ECHO.name);
    const body = encode(ECHO.request, new Uint8Array(3000));
    for (let i = 0; i < 10_000 && stream.status === 'open'; i++) {
      if (!stream.send(requestFrame(i, body))) await stream.onDrain();
    }
    await vi.waitFor(() => expect(served).toBe(10_000), 10_000);
    expect(stream.status).toBe('open');
    await sender.libp2p.stop();
  });

  it('listens on both families', async () => {
    const listen = ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'];
    const server = await network.service({listen});
    await server.serve(ECHO, echo);
    const {peerId, addresses} = peerOf(server);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const client = await network.client();
      const answer = await client
        .caller(ECHO)
        .request({peerId, addresses: [address]}, new Uint8Array(3));
      expect(answer).toHaveLength(3);
    }
  });

  it('holds requests back at the server: never more than 64 of one stream', async () => {
    const [server, client] = [await network.service(), await network.client()];
    let [running, most] = [0, 0];
    await server.serve(ECHO, async (request) => {
      running += 1;
      most = Math.max(most, running);
      await setTimeout(100);
      running -= 1;
      return request;
    });
    const caller = client.caller(ECHO);
    await Promise.all(
      Array.from({length: 300}, () => caller.request(peerOf(server), new Uint8Array(1))),
    );
    expect(most).toBe(64);
  });

  it('says NETWORK_BUSY when too many wait at the caller', async () => {
    const server = await network.service();
    await server.serve(ECHO, echo);
    const client = await network.client({requestsPerStream: 1, waitingPerPeer: 2});
    const caller = client.caller(ECHO);
    const all = await Promise.allSettled(
      Array.from({length: 5}, () => caller.request(peerOf(server), new Uint8Array(1))),
    );
    const codes = all.map((one) => (one.status === 'rejected' ? one.reason.code : 'ok'));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'NETWORK_BUSY', 'NETWORK_BUSY']);
  });
});

describe('refusals', () => {
  it('carry code and the first eight facts as text', async () => {
    const [server, client] = [await network.service(), await network.client()];
    const details = Object.fromEntries(Array.from({length: 9}, (_, i) => [`fact${i}`, BigInt(i)]));
    await server.serve(ECHO, async () => {
      throw new SessionError('MESSAGING_WRONG_SWARM', {...details, fact1: 'é'.repeat(500)});
    });
    const failure = await client
      .caller(ECHO)
      .request(peerOf(server), new Uint8Array())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteError);
    const {code, details: facts, peerId} = failure as RemoteError;
    expect({code, peerId}).toEqual({code: 'MESSAGING_WRONG_SWARM', peerId: server.peerId});
    expect(Object.keys(facts)).toHaveLength(8);
    expect(facts['fact7']).toBe('7');
    expect(facts['fact1']).toMatch(/^é{66}$/);
    expect(network.reported).toEqual([]);
  });

  it.each([
    new TypeError('a secret'),
    new InvariantError('a secret'),
    new SessionError('STORAGE_FULL', {location: '/a/secret'}),
    new SessionError('CLIENT_UNREACHABLE', {host: 'a.secret'}),
  ])('say nothing of what goes on at the server: the log has it (%s)', async (secret) => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, async () => {
      throw secret;
    });
    const asked = client.caller(ECHO).request(peerOf(server), new Uint8Array());
    await expect(asked).rejects.toEqual(refusal('NETWORK_INTERNAL', {details: {}}));
    expect(network.reported).toEqual([{where: 'network.handler', error: secret}]);
  });

  it('NETWORK_BAD_REQUEST for a body that does not decode, and the stream goes on', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve({...ECHO, request: bytes({maxLength: 10})}, echo);
    const caller = client.caller(ECHO);
    const tooLong = caller.request(peerOf(server), new Uint8Array(11));
    await expect(tooLong).rejects.toEqual(
      refusal('NETWORK_BAD_REQUEST', {details: {problem: 'CODEC_LENGTH_LIMIT'}}),
    );
    expect(await caller.request(peerOf(server), new Uint8Array(10))).toHaveLength(10);
  });

  it('NETWORK_BAD_ANSWER for an answer that does not decode', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, async () => new Uint8Array(11));
    const strict = client.caller({...ECHO, answer: bytes({maxLength: 10})});
    await expect(strict.request(peerOf(server), new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_BAD_ANSWER'),
    );
  });

  it('NETWORK_WRONG_PROTOCOL of a peer of another chain', async () => {
    const server = await network.service({chain: OTHER_CHAIN});
    await server.serve(ECHO, echo);
    const client = await network.client();
    await expect(client.caller(ECHO).request(peerOf(server), new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_WRONG_PROTOCOL'),
    );
  });

  it('NETWORK_UNREACHABLE of nobody, of a wrong identity and of no address', async () => {
    const [server, other] = [await network.service(), await network.service()];
    const client = await network.client();
    const {peerId, addresses} = peerOf(server);
    const nobody = {peerId, addresses: ['/ip4/127.0.0.1/tcp/1']};
    const stranger = {peerId: other.peerId, addresses};
    for (const peer of [nobody, stranger, {peerId, addresses: []}]) {
      await expect(client.caller(ECHO).request(peer, new Uint8Array())).rejects.toEqual(
        refusal('NETWORK_UNREACHABLE'),
      );
    }
    const noAddress = {peerId, addresses: ['127.0.0.1:80']};
    await expect(client.caller(ECHO).request(noAddress, new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_BAD_ADDRESS'),
    );
  });
});

describe('time', () => {
  it('ends a request at its limit; the handler hears of it', async () => {
    const [server, client] = [await network.service(), await network.client()];
    const aborted = Promise.withResolvers<unknown>();
    await server.serve(ECHO, async (request, {signal}) => {
      if (request.length === 1) return request;
      signal.addEventListener('abort', () => aborted.resolve(signal.reason));
      return new Promise(() => undefined);
    });
    const caller = client.caller(ECHO);
    // The limit holds for dialling too: on a busy machine the handler would hear of nothing.
    await caller.request(peerOf(server), new Uint8Array(1));
    const slow = caller.request(peerOf(server), new Uint8Array(), {timeoutMs: 100});
    await expect(slow).rejects.toEqual(refusal('NETWORK_TIMEOUT'));
    expect(await aborted.promise).toEqual(refusal('NETWORK_CLOSED'));
    expect(await caller.request(peerOf(server), new Uint8Array(1))).toHaveLength(1);
  });

  it('is kept by the server too', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve({...ECHO, timeoutMs: 50}, () => new Promise(() => undefined));
    const asked = client.caller(ECHO).request(peerOf(server), new Uint8Array());
    const failure = await asked.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteError);
    expect(failure).toEqual(refusal('NETWORK_TIMEOUT'));
  });

  it('an abort rejects with its reason, before and while it waits', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, () => new Promise(() => undefined));
    const caller = client.caller(ECHO);
    const reason = new Error('enough');
    const before = caller.request(peerOf(server), new Uint8Array(), {
      signal: AbortSignal.abort(reason),
    });
    await expect(before).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = caller.request(peerOf(server), new Uint8Array(), {signal: controller.signal});
    await setTimeout(50);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('a stream that breaks', () => {
  it('fails what waits on it; the next request opens another, also after a restart', async () => {
    const transportSeed = new Uint8Array(randomBytes(32));
    const first = await network.service({transportSeed});
    const client = await network.client();
    await first.serve(ECHO, () => new Promise(() => undefined));
    const caller = client.caller(ECHO);
    const peer = peerOf(first);
    const waiting = caller.request(peer, new Uint8Array());
    const failed = expect(waiting).rejects.toEqual(refusal('NETWORK_CLOSED'));
    await setTimeout(200);
    await first.stop();
    await failed;
    await expect(caller.request(peer, new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_UNREACHABLE'),
    );
    // At another port: somebody else may have the old one by now.
    const again = await network.service({transportSeed});
    await again.serve(ECHO, echo);
    expect(again.peerId).toBe(peer.peerId);
    expect(await caller.request(peerOf(again), new Uint8Array(5))).toHaveLength(5);
  });

  it('is closed when idle, and opened again', async () => {
    const [server, client] = [await network.service(), await network.client({idleMs: 50})];
    await server.serve(ECHO, echo);
    const caller = client.caller(ECHO);
    for (let i = 0; i < 3; i++) {
      expect(await caller.request(peerOf(server), new Uint8Array(i))).toHaveLength(i);
      // A connection goes once it has no stream.
      await expect.poll(() => client.peerCount(), {timeout: 10_000}).toBe(0);
    }
  });

  it('a stopped overlay says NETWORK_CLOSED', async () => {
    const [server, client] = [await network.service(), await network.client()];
    await server.serve(ECHO, () => new Promise(() => undefined));
    const caller = client.caller(ECHO);
    const waiting = expect(caller.request(peerOf(server), new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_CLOSED'),
    );
    await setTimeout(200);
    await client.stop();
    await waiting;
    await expect(caller.request(peerOf(server), new Uint8Array())).rejects.toEqual(
      refusal('NETWORK_CLOSED'),
    );
  });
});
