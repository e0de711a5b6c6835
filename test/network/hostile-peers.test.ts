import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {connect} from 'node:net';
import {setTimeout} from 'node:timers/promises';
import type {Stream} from '@libp2p/interface';
import {multiaddr} from '@multiformats/multiaddr';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ServiceOverlay} from '../../src/network/create-overlay.ts';
import type {NetworkLimits} from '../../src/network/limits.ts';
import type {OverlayInit} from '../../src/network/overlay-init.ts';
import {peerIdToBytes} from '../../src/network/peer-identity.ts';
import {signPeerRecord} from '../../src/network/peer-records.ts';
import {toSignature} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {
  bootstrapOf,
  CHAIN,
  createNode,
  ECHO,
  echo,
  MEMBERS,
  Network,
  OTHER_CHAIN,
  peerOf,
} from './network.ts';
import {closed, framed, RawPeer, requestFrame} from './raw-peer.ts';

let network: Network;
const raws: RawPeer[] = [];
beforeEach(() => {
  network = new Network();
});
afterEach(async () => {
  await Promise.all(raws.splice(0).map(({libp2p}) => libp2p.stop()));
  await network.stop();
});

async function rawPeer(seed?: Uint8Array): Promise<RawPeer> {
  const raw = await RawPeer.start(seed);
  raws.push(raw);
  return raw;
}

const serverWith = (limits: Partial<NetworkLimits> = {}): Promise<ServiceOverlay> =>
  network.service({limits} as Partial<OverlayInit>);

const coded = (code: string) => expect.objectContaining({code});

/** The service goes on for everybody else. */
async function expectServed(server: ServiceOverlay): Promise<void> {
  const client = await network.client();
  const answer = await client.caller(ECHO).request(peerOf(server), new Uint8Array(4));
  expect(answer).toHaveLength(4);
}

describe('bytes that are no frames end their stream and nothing else', () => {
  const prefix = (length: number): Uint8Array =>
    Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, (length >> 14) & 0x7f);
  const request = requestFrame(1, new Uint8Array([0, 0, 0, 0]));
  const cases: Readonly<Record<string, Uint8Array>> = {
    'a length above the limit': prefix(Frame.maxSize + 5000),
    'a length that does not end': new Uint8Array(1000).fill(0x80),
    'an empty frame': Uint8Array.of(0),
    'an unknown type': Uint8Array.of(4, 0, 0, 0, 99),
    'an answer to a server': framed(Frame, {
      type: 'answer',
      value: {id: 1, body: new Uint8Array()},
    }),
    'an event to a server': framed(Frame, {type: 'event', value: {id: 1, body: new Uint8Array()}}),
    'an error to a server': framed(Frame, {type: 'error', value: {id: 1, code: 'X', facts: []}}),
    'trailing bytes': Uint8Array.of(request[0]! + 1, ...request.subarray(1), 0),
  };

  for (const [name, bytes] of Object.entries(cases)) {
    it(name, async () => {
      const server = await serverWith();
      await server.serve(ECHO, echo);
      const raw = await rawPeer();
      const [good, evil] = [await raw.open(server, 'client'), await raw.open(server, 'client')];
      evil.send(bytes);
      await closed(evil);
      expect(good.status).toBe('open');
      await expectServed(server);
    });
  }

  it('two requests of one number', async () => {
    const server = await serverWith();
    await server.serve(ECHO, () => new Promise(() => undefined));
    const raw = await rawPeer();
    const [good, evil] = [await raw.open(server, 'client'), await raw.open(server, 'client')];
    good.send(requestFrame(1, new Uint8Array(4)));
    evil.send(requestFrame(1, new Uint8Array(4)));
    evil.send(requestFrame(1, new Uint8Array(4)));
    await closed(evil);
    expect(good.status).toBe('open');
  });

  it('random bytes, 50 times', async () => {
    const server = await serverWith();
    await server.serve(ECHO, echo);
    const raw = await rawPeer();
    for (let i = 0; i < 50; i++) {
      const stream = await raw.open(server, 'client');
      // A whole frame's worth of noise: no length can be waiting for more.
      stream.send(new Uint8Array(randomBytes(2000)).fill(0xff, 0, 8));
      await closed(stream);
    }
    await expectServed(server);
    expect(network.reported).toEqual([]);
  });
});

describe('peers that cost time', () => {
  it('many peers of one host: above its share they are refused, and other hosts are served', async () => {
    const listen = ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'];
    const limits = {connectionsPerHost: 4} as NetworkLimits;
    const server = await network.service({listen, limits} as Partial<OverlayInit>);
    await server.serve(ECHO, echo);
    const [v4 = '', v6 = ''] = server.addresses();
    const dial = async (address: string): Promise<RawPeer> => {
      const raw = await rawPeer();
      await raw.libp2p.dial(multiaddr(`${address}/p2p/${server.peerId}`));
      return raw;
    };
    const crowd = await Promise.all(Array.from({length: 4}, () => dial(v4)));
    await expect(dial(v4)).rejects.toThrow();
    await dial(v6);
    await crowd[0]?.libp2p.stop();
    await expect
      .poll(
        () =>
          dial(v4).then(
            () => true,
            () => false,
          ),
        {timeout: 5000},
      )
      .toBe(true);
  });

  it('silence before the handshake: connections that say nothing leave room for others, and end', async () => {
    const server = await serverWith({
      connectionsPerHost: 400,
      connectionsPerSecond: 1000,
      openTimeoutMs: 2000,
    });
    await server.serve(ECHO, echo);
    const [, port = ''] = /tcp\/(\d+)/.exec(server.addresses()[0] ?? '') ?? [];
    const silent = Array.from({length: 300}, () => connect(Number(port), '127.0.0.1'));
    const ends = silent.map((socket) => {
      socket.resume();
      socket.on('error', () => undefined);
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    await expectServed(server);
    expect(silent.filter(({destroyed}) => !destroyed).length).toBeGreaterThan(250);
    await Promise.all(ends);
    await expectServed(server);
  });

  it('handshakes that are held back count for their host', async () => {
    const server = await serverWith({connectionsPerHost: 4, openTimeoutMs: 2000});
    await server.serve(ECHO, echo);
    const [, port = ''] = /tcp\/(\d+)/.exec(server.addresses()[0] ?? '') ?? [];
    const held = Array.from({length: 4}, () => connect(Number(port), '127.0.0.1').resume());
    const ends = held.map((socket) => {
      socket.on('error', () => undefined);
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const raw = await rawPeer();
    await expect(raw.libp2p.dial(multiaddr(bootstrapOf(server)))).rejects.toThrow();
    await Promise.all(ends);
    await expectServed(server);
  });

  it('silence: a stream that brings no whole frame is closed', async () => {
    const server = await serverWith({idleMs: 100});
    await server.serve(ECHO, echo);
    const raw = await rawPeer();
    const [silent, halfway] = [await raw.open(server, 'client'), await raw.open(server, 'client')];
    halfway.send(requestFrame(1, new Uint8Array(100)).subarray(0, 20));
    await Promise.all([closed(silent), closed(halfway)]);
    await expectServed(server);
  });

  it('streams of the DHT that bring more than a request has are closed', async () => {
    const server = await serverWith();
    await server.serve(ECHO, echo);
    const stream = await (await rawPeer()).open(server, 'kad');
    // The length of a message of 4 MB, and the first 20 KB of it.
    stream.send(Uint8Array.of(0x80, 0x92, 0xf4, 0x01));
    stream.send(new Uint8Array(20_000));
    await closed(stream);
    await expectServed(server);
  });

  it('streams of the DHT cost a token each', async () => {
    const server = await serverWith({rateBurst: 3, ratePerSecond: 0.001});
    await server.serve(ECHO, echo);
    const raw = await rawPeer();
    const streams: Stream[] = [];
    for (let i = 0; i < 5; i++) streams.push(await raw.open(server, 'kad'));
    await Promise.all(streams.slice(3).map(closed));
    expect(streams.slice(0, 3).map(({status}) => status)).toEqual(Array(3).fill('open'));
    await expectServed(server);
  });

  it('a slow reader: answers that it does not take end its stream', async () => {
    const limits = {writeTimeoutMs: 300, unsentPerPeer: 3_000_000};
    const server = await serverWith(limits);
    await server.serve(ECHO, async () => new Uint8Array(1_000_000));
    const stream = await (await rawPeer()).open(server, 'client');
    stream.pause();
    for (let id = 0; id < 60; id++) stream.send(requestFrame(id, new Uint8Array(4)));
    await closed(stream);
    const client = await network.client();
    const answer = await client.caller(ECHO).request(peerOf(server), new Uint8Array());
    expect(answer).toHaveLength(1_000_000);
  });

  it('a flood is refused, then cut off; others are served', async () => {
    const server = await serverWith({rateBurst: 20, ratePerSecond: 10});
    let handled = 0;
    await server.serve(ECHO, async (request) => {
      handled += 1;
      return request;
    });
    const stream = await (await rawPeer()).open(server, 'client');
    const flood = async (): Promise<void> => {
      for (let id = 0; stream.status === 'open' && id < 100_000; id++) {
        stream.send(requestFrame(id, new Uint8Array(4)));
        if (id % 20 === 0) await setTimeout(1);
      }
    };
    // The end of the stream may come in the middle of a send.
    await flood().catch(() => undefined);
    await closed(stream);
    expect(handled).toBeLessThan(100);
    await expectServed(server);
  });

  it('tells an honest caller when it may come again', async () => {
    const server = await serverWith({rateBurst: 5, ratePerSecond: 10});
    await server.serve(ECHO, echo);
    const caller = (await network.client()).caller(ECHO);
    const answers = await Promise.allSettled(
      Array.from({length: 10}, () => caller.request(peerOf(server), new Uint8Array())),
    );
    const refused = answers.filter((one) => one.status === 'rejected').map(({reason}) => reason);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused[0]).toEqual(coded('NETWORK_RATE_LIMITED'));
    expect(Number(refused[0].details.retryMs)).toBeGreaterThan(0);
    await setTimeout(Number(refused[0].details.retryMs) + 50);
    expect(await caller.request(peerOf(server), new Uint8Array(1))).toHaveLength(1);
  });

  it('streams above the limit are refused', async () => {
    const server = await serverWith({streamsPerPeer: 4});
    await server.serve(ECHO, echo);
    const raw = await rawPeer();
    const streams: Stream[] = [];
    for (let i = 0; i < 10; i++) {
      const stream = await raw.open(server, 'client').catch(() => undefined);
      if (stream !== undefined) streams.push(stream);
    }
    await Promise.all(streams.slice(4).map(closed));
    expect(streams.filter(({status}) => status === 'open')).toHaveLength(4);
    await expectServed(server);
  });
});

describe('introductions', () => {
  const noAnswer = new Uint8Array();

  it('name the caller to the handler', async () => {
    const [one, two] = [createNode(), createNode()];
    network.registry.add(one, two);
    const [server, caller] = [await network.service(one), await network.service(two)];
    const met: unknown[] = [];
    await server.serve(MEMBERS, async (request, {nodeId, remotePeerId}) => {
      met.push(nodeId, remotePeerId);
      return request;
    });
    await caller.caller(MEMBERS).request(peerOf(server), noAnswer);
    expect(met).toEqual([two.nodeId, caller.peerId]);
    // The server has learned where the caller is.
    expect(server.directory.known().map(({record}) => record.nodeId)).toContainEqual(two.nodeId);
  });

  it('of a node that is not registered are refused, and accepted once it is', async () => {
    const [one, two] = [createNode(), createNode()];
    network.registry.add(one);
    const [server, caller] = [await network.service(one), await network.service(two)];
    await server.serve(MEMBERS, echo);
    const members = caller.caller(MEMBERS);
    const all = await Promise.allSettled(
      Array.from({length: 3}, () => members.request(peerOf(server), noAnswer)),
    );
    expect(all).toEqual(Array(3).fill({status: 'rejected', reason: coded('NETWORK_UNKNOWN_PEER')}));
    network.registry.add(two);
    expect(await members.request(peerOf(server), new Uint8Array(1))).toHaveLength(1);
  });

  it('that are refused leave no stream behind', async () => {
    const [one, two] = [createNode(), createNode()];
    network.registry.add(one);
    const server = await network.service(one);
    const limits = {streamsPerPeer: 4} as NetworkLimits;
    const caller = await network.service({...two, limits} as Partial<OverlayInit>);
    await server.serve(MEMBERS, echo);
    const members = caller.caller(MEMBERS);
    for (let i = 0; i < 10; i++) {
      const asked = members.request(peerOf(server), noAnswer);
      await expect(asked).rejects.toEqual(coded('NETWORK_UNKNOWN_PEER'));
    }
  });

  it('that cannot be looked up are refused without a word of why, and accepted once they can', async () => {
    const [one, two] = [createNode(), createNode()];
    network.registry.add(one, two);
    let isSilent = true;
    const keys = {
      signingKeyOf: async (...at: Parameters<typeof network.registry.signingKeyOf>) => {
        if (isSilent) throw new SessionError('CLIENT_UNREACHABLE', {host: 'the-chain.internal'});
        return network.registry.signingKeyOf(...at);
      },
    };
    const [server, caller] = [await network.service({...one, keys}), await network.service(two)];
    await server.serve(MEMBERS, echo);
    const members = caller.caller(MEMBERS);
    const failure = await members
      .request(peerOf(server), noAnswer)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({code: 'NETWORK_UNKNOWN_PEER'});
    expect(String(failure)).not.toContain('internal');
    expect(network.reported.map(({where}) => where)).toContain('network.introduce');
    isSilent = false;
    expect(await members.request(peerOf(server), new Uint8Array(1))).toHaveLength(1);
  });

  const wrong: Readonly<Record<string, (record: SignedPeerRecord['record']) => object>> = {
    'of another chain': () => ({chainId: OTHER_CHAIN.chainId}),
    'of another network': () => ({networkId: 8}),
    'that have expired': () => ({expiresMs: BigInt(Date.now()) - 1n}),
    'that never expire': () => ({expiresMs: BigInt(Date.now()) + 100_000_000n}),
    'with addresses that are none': () => ({addresses: ['127.0.0.1']}),
  };
  for (const [name, change] of Object.entries(wrong)) {
    it(`${name} are refused`, async () => {
      const [one, two] = [createNode(), createNode()];
      network.registry.add(one, two);
      const [server, other] = [await network.service(one), await network.service(two)];
      await server.serve(MEMBERS, echo);
      const {record} = await other.directory.publish();
      await other.stop();
      const forged = signPeerRecord({...record, ...change(record)}, two.signer);
      const stream = await (await rawPeer(two.transportSeed)).open(server, 'member');
      expect(await refusalOf(stream, forged)).toBe('NETWORK_BAD_PEER_RECORD');
    });
  }

  it("of somebody else, and with somebody else's signature, are refused", async () => {
    const [one, two, three] = [createNode(), createNode(), createNode()];
    network.registry.add(one, two, three);
    const [server, other] = [await network.service(one), await network.service(two)];
    await server.serve(MEMBERS, echo);
    const signed = await other.directory.publish();
    const copied = await (await rawPeer()).open(server, 'member');
    expect(await refusalOf(copied, signed)).toBe('NETWORK_BAD_PEER_RECORD');
    // The signature of a record that the server knows, over the thief's own peer id.
    await server.directory.learn(signed);
    const thief = await network.service(three);
    const {peerId} = (await thief.directory.publish()).record;
    await thief.stop();
    const stolen = {...signed, record: {...signed.record, peerId}};
    const stream = await (await rawPeer(three.transportSeed)).open(server, 'member');
    expect(await refusalOf(stream, stolen)).toBe('NETWORK_BAD_PEER_RECORD');
  });

  it('that are no record end the stream', async () => {
    const server = await serverWith();
    await server.serve(MEMBERS, echo);
    const raw = await rawPeer();
    const [good, evil] = [await raw.open(server, 'member'), await raw.open(server, 'member')];
    evil.send(requestFrame(1, new Uint8Array(4)));
    await closed(evil);
    expect(good.status).toBe('open');
  });

  /** Of a node that nobody knows, at the peer that sends it. */
  function madeUp({libp2p}: RawPeer): Uint8Array {
    const now = BigInt(Date.now());
    const record = {
      ...CHAIN,
      nodeId: createNode().nodeId,
      peerId: peerIdToBytes(libp2p.peerId),
      addresses: [],
      sequence: now,
      expiresMs: now + 60_000n,
    };
    return framed(SignedPeerRecord, {record, signature: toSignature(new Uint8Array(3309))});
  }

  /** A server whose registry counts what it is asked for. */
  async function countingServer(limits: Partial<NetworkLimits>) {
    let asked = 0;
    const keys = {
      signingKeyOf: async () => {
        asked += 1;
        return undefined;
      },
    };
    const server = await network.service({...createNode(), keys, limits} as Partial<OverlayInit>);
    await server.serve(MEMBERS, echo);
    return {server, asked: () => asked};
  }

  it('cost a token each: a peer that has none left is looked up no more', async () => {
    const {server, asked} = await countingServer({rateBurst: 3, ratePerSecond: 0.001});
    const raw = await rawPeer();
    for (let i = 0; i < 5; i++) {
      const stream = await raw.open(server, 'member');
      if (i < 3) stream.send(madeUp(raw));
      else await closed(stream);
    }
    await expect.poll(asked).toBe(3);
  });

  it('of nodes that nobody knows are looked up so often and no more, whoever sends them', async () => {
    const {server, asked} = await countingServer({lookupBurst: 2, lookupsPerSecond: 0.001});
    for (let i = 0; i < 4; i++) {
      const raw = await rawPeer();
      const stream = await raw.open(server, 'member');
      stream.send(madeUp(raw));
      if (i >= 2) await closed(stream);
      else await expect.poll(asked).toBe(i + 1);
    }
    expect(asked()).toBe(2);
    expect(network.reported).toEqual([]);
  });

  async function refusalOf(stream: Stream, introduction: SignedPeerRecord): Promise<string> {
    const answer = new Promise<Uint8Array>((resolve) =>
      stream.addEventListener('message', ({data}) => resolve(data.subarray())),
    );
    stream.send(framed(SignedPeerRecord, introduction));
    stream.send(requestFrame(1, encode(ECHO.request, new Uint8Array())));
    const [, ...bytes] = await answer;
    const text = Buffer.from(bytes).toString('latin1');
    return /[A-Z_]{8,}/.exec(text)?.[0] ?? '';
  }
});
