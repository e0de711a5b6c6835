import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {Duplex} from 'node:stream';
import {afterEach, describe, expect, it} from 'vitest';
import {nodeIdToString} from '../../../src/crypto/ids.ts';
import {EVENT_LIMITS, type EventLimits} from '../../../src/plugin/events/event-limits.ts';
import {EventServer} from '../../../src/plugin/events/event-server.ts';
import {testAccount, testNode} from '../../vm/driver.ts';
import {waitFor} from '../harness.ts';
import {WsClient} from '../ws-client.ts';
import {feedHistory, openHistory, RecordedDriver} from './recorded-driver.ts';

const owner = testAccount('owner');
const nodes = ['a', 'b', 'c'].map(testNode);

/** Three nodes; one of them misses epoch 2. Then a hundred blocks with a transfer each. */
function chain(): RecordedDriver {
  const driver = new RecordedDriver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.runEpoch(2, {committing: nodes, answering: nodes.slice(1)});
  driver.block(driver.inEpoch(3));
  for (let i = 0; i < 100; i++) {
    driver.block(driver.now + 50n, [driver.transfer(owner, testAccount('x').address, 1n)]);
  }
  return driver;
}

const {acceptances} = chain();
const quiet = nodeIdToString(nodes[0]!.nodeId);

type World = Awaited<ReturnType<typeof openHistory>> & {
  readonly events: EventServer;
  readonly http: Server;
  readonly url: string;
  readonly internal: unknown[];
};
const worlds: World[] = [];
afterEach(async () => {
  for (const {events, http} of worlds.splice(0)) {
    await events.close();
    http.close();
    http.closeAllConnections();
  }
});

/** The event server on a socket of this process, without plugin or host around it. */
async function serve({
  limits = {},
  fed = acceptances.length,
  opened,
}: {
  readonly limits?: Partial<EventLimits>;
  readonly fed?: number;
  readonly opened?: Awaited<ReturnType<typeof openHistory>>;
} = {}): Promise<World> {
  const world = opened ?? (await openHistory(acceptances.slice(0, fed)));
  const internal: unknown[] = [];
  const events = new EventServer({
    history: world.history,
    reportInternalError: (error) => internal.push(error),
    limits: {...EVENT_LIMITS, ...limits},
  });
  const http = createServer();
  http.on('upgrade', async (request, socket: Socket) => {
    const headers = Object.entries(request.headers).map(([key, value]) => ({
      key,
      values: [String(value)],
    }));
    const {method = '', url = ''} = request;
    const answer = await events.upgrade({method, url, headers, hijack: async () => socket});
    if (answer !== undefined) socket.end(`HTTP/1.1 ${answer.status} x\r\n\r\n`);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ws`;
  const all = {...world, events, http, url, internal};
  worlds.push(all);
  return all;
}

describe('subscriptions', () => {
  it('get what comes from now on, all of it and in order', async () => {
    const world = await serve({fed: 10});
    const client = await WsClient.open(world.url);
    const {result} = await client.call('subscribe');
    expect(result).toEqual({subscription: '1', after: '10/4294967295'});
    await feedHistory(world, acceptances.slice(10, 60));
    await waitFor(() => client.events().filter(({type}) => type === 'block').length === 50);
    const places = client.events().map(({cursor}) => cursor.split('/').map(Number));
    expect(places[0]).toEqual([11, 0]);
    for (const [i, [height = 0, index = 0]] of places.entries()) {
      const [before = 0, last = 0] = places[i - 1] ?? [10, 0];
      expect(height === before ? index === last + 1 : height === before + 1 && index === 0).toBe(
        true,
      );
    }
  });

  it('go on after any cursor without a loss or a repeat, also while blocks come in', async () => {
    const world = await serve({fed: 100});
    const whole = await WsClient.open(world.url);
    await whole.call('subscribe', {after: '0/0'});
    await feedHistory(world, acceptances.slice(100));
    const last = acceptances.length;
    const isDone = (client: WsClient) => client.events().at(-1)?.height === String(last);
    await waitFor(() => isDone(whole));
    const cursors = whole.events().map(({cursor}) => cursor);
    expect(cursors[0]).toBe('1/0');
    for (const at of [0, 3, 50, cursors.length - 2]) {
      const client = await WsClient.open(world.url);
      await client.call('subscribe', {after: cursors[at]});
      await waitFor(() => isDone(client));
      expect(client.events().map(({cursor}) => cursor)).toEqual(cursors.slice(at + 1));
      await client.close();
    }
  });

  it('are told only what they asked for, several on one connection', async () => {
    const world = await serve();
    const client = await WsClient.open(world.url);
    const misses = await client.call('subscribe', {events: ['miss'], after: '0/0'});
    const node = await client.call('subscribe', {nodeId: quiet, after: '0/0'});
    await waitFor(() => client.messages.some(({method}) => method === 'position'));
    expect(client.events(misses.result.subscription)).toMatchObject([
      {type: 'miss', nodeId: quiet, epoch: '2', reasons: ['noAnswer']},
    ]);
    const ofNode = client.events(node.result.subscription);
    expect(new Set(ofNode.map(({nodeId}) => nodeId))).toEqual(new Set([quiet]));
    expect(new Set(ofNode.map(({type}) => type))).toEqual(
      new Set(['node', 'miss', 'commitment', 'swarm']),
    );
    expect(await client.call('unsubscribe', {subscription: '1'})).toMatchObject({
      result: {removed: true},
    });
    expect((await client.call('unsubscribe', {subscription: '1'})).result.removed).toBe(false);
  });

  it('are told how far they have come when nothing of theirs happened', async () => {
    const world = await serve();
    const client = await WsClient.open(world.url);
    await client.call('subscribe', {events: ['miss'], after: '20/0'});
    await waitFor(() => client.messages.some(({method}) => method === 'position'));
    const {params} = client.messages.find(({method}) => method === 'position')!;
    expect(params).toEqual({subscription: '1', cursor: `${acceptances.length}/4294967295`});
  });

  it('learn that their cursor is too old, and which one is not', async () => {
    const last = acceptances.length;
    const {store} = await openHistory(acceptances, {eventBlocks: 0});
    const opened = await openHistory([], {store, lastAccepted: BigInt(last)});
    const client = await WsClient.open((await serve({opened})).url);
    const {error} = await client.call('subscribe', {after: '3/0'});
    expect(error.data).toEqual({
      code: 'API_CURSOR_TOO_OLD',
      oldest: `${last + 1}/0`,
      after: `${last}/4294967295`,
    });
    expect((await client.call('subscribe', {after: error.data.after})).result).toMatchObject({
      subscription: '1',
    });
  });
});

describe('bad input', () => {
  it.each([
    ['API_PARSE_ERROR', '{'],
    ['API_PARSE_ERROR', ''],
    ['API_INVALID_REQUEST', 'null'],
    ['API_INVALID_REQUEST', '[]'],
    ['API_INVALID_REQUEST', '7'],
    ['API_INVALID_REQUEST', '{"id":1}'],
    ['API_INVALID_REQUEST', '{"id":1,"method":5}'],
    ['API_INVALID_REQUEST', '{"id":1,"method":"subscribe","params":[1]}'],
    ['API_METHOD_NOT_FOUND', '{"id":1,"method":"getEpoch"}'],
    ['API_METHOD_NOT_FOUND', '{"id":1,"method":"toString"}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"event":"miss"}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"events":"miss"}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"events":[]}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"events":["miss","x"]}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"nodeId":"NodeID-x"}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"after":7}}'],
    ['API_INVALID_PARAMS', '{"id":1,"method":"subscribe","params":{"after":"1"}}'],
    [
      'API_INVALID_PARAMS',
      '{"id":1,"method":"subscribe","params":{"after":"18446744073709551616/0"}}',
    ],
  ])('%s answers %s, and the connection goes on', async (code, text) => {
    const world = await serve({fed: 2});
    const client = await WsClient.open(world.url);
    client.socket.send(text);
    await waitFor(() => client.messages.length === 1);
    expect(client.messages[0]!.error.data.code).toBe(code);
    expect((await client.call('session.ping', {x: 1})).result).toEqual({x: 1});
    expect(world.internal).toEqual([]);
  });
});

describe('limits', () => {
  const endOf = async (client: WsClient) => {
    await waitFor(() => client.closed !== undefined);
    return client.closed;
  };

  it('hold for subscriptions of one connection', async () => {
    const client = await WsClient.open((await serve()).url);
    for (let i = 0; i < 16; i++) expect((await client.call('subscribe')).error).toBeUndefined();
    const {error} = await client.call('subscribe');
    expect(error.data).toEqual({code: 'API_TOO_MANY_SUBSCRIPTIONS', limit: 16});
    await client.call('unsubscribe', {subscription: '3'});
    expect((await client.call('subscribe')).result).toMatchObject({subscription: '17'});
  });

  it('hold for connections', async () => {
    const world = await serve({limits: {connections: 2}});
    const [first] = [await WsClient.open(world.url), await WsClient.open(world.url)];
    await expect(WsClient.open(world.url)).rejects.toThrow();
    await first.close();
    await waitFor(() => world.events.connectionCount === 1);
    expect(await WsClient.open(world.url)).toBeDefined();
  });

  it('hold for messages in a time, and for their kind', async () => {
    const world = await serve();
    const flood = await WsClient.open(world.url);
    for (let i = 0; i < 100; i++) flood.socket.send('{"id":1,"method":"ping"}');
    expect(await endOf(flood)).toEqual({code: 1008, reason: 'EVENTS_TOO_MANY_MESSAGES'});
    const binary = await WsClient.open(world.url);
    binary.socket.send(new Uint8Array(1));
    expect(await endOf(binary)).toEqual({code: 1003, reason: 'EVENTS_NOT_TEXT'});
  });

  it('end a connection that wants nothing', async () => {
    const world = await serve({limits: {pingMs: 20, idleMs: 100}});
    const [idle, busy] = [await WsClient.open(world.url), await WsClient.open(world.url)];
    await busy.call('subscribe');
    expect(await endOf(idle)).toEqual({code: 4002, reason: 'EVENTS_IDLE'});
    expect((await busy.call('ping', {x: 1})).result).toEqual({x: 1});
    expect(world.events.connectionCount).toBe(1);
  });

  it('end a client that takes nothing of what it asked for', async () => {
    const world = await serve({limits: {drainMs: 100}});
    let taken = 0;
    const stalled = new Duplex({
      read: () => undefined,
      write(chunk: Uint8Array, _encoding, done) {
        taken += chunk.length;
        if (taken < 1000) done();
      },
    });
    const headers = Object.entries({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    }).map(([key, value]) => ({key, values: [value]}));
    const hijack = async () => stalled;
    const served = world.events.upgrade({method: 'GET', url: '/ws', headers, hijack});
    await waitFor(() => taken > 0);
    stalled.push(masked('{"id":1,"method":"subscribe","params":{"after":"0/0"}}'));
    expect(await served).toBeUndefined();
    expect(stalled.destroyed).toBe(true);
    expect(stalled.writableLength).toBeLessThan(512 * 1024);
    expect(world.events.connectionCount).toBe(0);
  });

  it('say goodbye when the chain stops', async () => {
    const world = await serve();
    const client = await WsClient.open(world.url);
    await client.call('subscribe');
    await world.events.close();
    expect(await endOf(client)).toEqual({code: 1001, reason: 'EVENTS_STOPPED'});
    await expect(WsClient.open(world.url)).rejects.toThrow();
  });
});

/** A text frame of a client, masked with zeros. */
function masked(text: string): Uint8Array {
  const body = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(0x81, 0x80 | body.length, 0, 0, 0, 0), body]);
}
