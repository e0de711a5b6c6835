import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import {followEvents} from '../../../src/client/follow-events.ts';
import {sha256} from '../../../src/crypto/hash.ts';
import {idToString} from '../../../src/crypto/ids.ts';
import {SERVICES} from '../../../src/devnet/host/host-definitions.ts';
import {startLoopbackServer} from '../../../src/devnet/host/loopback-server.ts';
import {createUnaryClient} from '../../../src/devnet/host/unary-client.ts';
import {addUnaryService} from '../../../src/devnet/host/unary-service.ts';
import type {Host} from '../../../src/devnet/host.ts';
import type {ChainEvent} from '../../../src/protocol/chain-events.ts';
import {Bench, issue, rpc, transfer, waitFor} from '../harness.ts';
import {WsClient, wsUrl} from '../ws-client.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');
const bench = new Bench();
const ending: AbortController[] = [];
afterEach(async () => {
  for (const controller of ending.splice(0)) controller.abort();
  await bench.close();
});

/** Follows in the background and keeps all that is told. */
function follow(host: Host, params: {after?: string} = {}) {
  const controller = new AbortController();
  ending.push(controller);
  const seen: ChainEvent[] = [];
  const breaks: (string | undefined)[] = [];
  const onBreak = (after: string | undefined): void => void breaks.push(after);
  const run = async (): Promise<void> => {
    const init = {url: host.rpcUrl, onBreak, ...params};
    for await (const event of followEvents(init, controller.signal)) seen.push(event);
  };
  const done = run();
  done.catch(() => undefined);
  return {seen, breaks, done, stop: () => controller.abort()};
}

/** One transfer in a block of its own. */
async function block(host: Host, nonce: bigint): Promise<void> {
  const {error} = await issue(host, transfer(nonce));
  expect(error).toBeUndefined();
  const height = String(nonce + 1n);
  await waitFor(async () => (await rpc(host, 'getLastAccepted')).result?.['height'] === height);
}

describe('events over a node', () => {
  it('reach a client through breaks of the connection and a killed plugin, each once', async () => {
    const host = await bench.start();
    const live = follow(host, {after: '0/0'});
    await block(host, 0n);
    await waitFor(() => live.seen.length === 1);
    host.cutUpgrades();
    await waitFor(() => live.breaks.length === 1);
    await block(host, 1n);
    await waitFor(() => live.seen.length === 2);
    await host.kill();
    await host.start();
    await block(host, 2n);
    await waitFor(() => live.seen.length === 3);
    expect(live.seen.map(({cursor, type}) => `${cursor} ${type}`)).toEqual([
      '1/0 block',
      '2/0 block',
      '3/0 block',
    ]);
    const late = follow(host, {after: '1/0'});
    await waitFor(() => late.seen.length === 2);
    expect(late.seen).toEqual(live.seen.slice(1));
    live.stop();
    await expect(live.done).resolves.toBeUndefined();
    await waitFor(() => host.upgrades() === 1);
  });

  it('fail at once for a chain that is not there, and for a cursor that is too old', async () => {
    const host = await bench.start({configBytes: Buffer.from('{"eventBlocks":0}')});
    const url = host.rpcUrl.replace(/bc\/[^/]+/, 'bc/nothing');
    const nowhere = followEvents({url}, new AbortController().signal);
    await expect(nowhere.next()).rejects.toMatchObject({code: 'CLIENT_UNREACHABLE'});
    await block(host, 0n);
    await host.restart();
    const old = followEvents({url: host.rpcUrl, after: '0/0'}, new AbortController().signal);
    const refusal = {code: 'API_CURSOR_TOO_OLD', details: {oldest: '2/0', after: '1/4294967295'}};
    await expect(old.next()).rejects.toMatchObject(refusal);
  });

  it('end with a reason when the node stops the chain', async () => {
    const host = await bench.start();
    const client = await WsClient.open(wsUrl(host.rpcUrl));
    await client.call('subscribe');
    const exit = await host.stopPlugin();
    await waitFor(() => client.closed !== undefined);
    expect(client.closed).toEqual({code: 1001, reason: 'EVENTS_STOPPED'});
    expect(exit).toMatchObject({code: 0});
  });

  it('leave a refused transaction with its code', async () => {
    const host = await bench.start();
    const tx = transfer(7n);
    expect(await issue(host, tx)).toMatchObject({error: {data: {reason: 'TX_WRONG_NONCE'}}});
    const {result} = await rpc(host, 'getTx', {id: idToString(sha256(tx))});
    expect(result).toMatchObject({status: 'refused', code: 'TX_WRONG_NONCE'});
  });
});

/** `sessionvm events` with these words, until it has printed so many lines. */
async function cliLines(count: number, words: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [MAIN, 'events', ...words], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const exited = once(child, 'exit');
  try {
    await waitFor(() => text.split('\n').length > count);
  } finally {
    child.kill('SIGINT');
  }
  expect(await exited).toEqual([0, null]);
  return text.trimEnd().split('\n');
}

describe('sessionvm events', () => {
  it('prints lines for people and for programs, until it is told to stop', async () => {
    const host = await bench.start();
    for (const nonce of [0n, 1n]) await block(host, nonce);
    const from = ['--rpc', host.rpcUrl, '--only', 'block,miss', '--after', '0/0'];
    const [first, second] = await cliLines(2, from);
    expect(first).toMatch(/^\d{4}-.*Z {2}1\/0 +block +1 1 transaction, \d+ bytes$/);
    expect(second).toMatch(/ 2\/0 /);
    const [line = ''] = await cliLines(2, [...from, '--json']);
    expect(JSON.parse(line)).toMatchObject({cursor: '1/0', type: 'block', txCount: 1});
  });

  it.each([[['--only', 'blocks']], [['--after', 'x']], [['--node', 'NodeID-x']]])(
    'refuses %j',
    async (words) => {
      const host = await bench.start();
      const child = spawn(process.execPath, [MAIN, 'events', '--rpc', host.rpcUrl, ...words], {
        env: {},
        stdio: 'ignore',
      });
      expect(await once(child, 'exit')).toEqual([2, null]);
    },
  );
});

/** A body in parts, as a node's reader gives it; what the plugin writes is kept. */
async function lend(body: string, error = {errorCode: 1, message: 'EOF'}) {
  const parts = [body.slice(0, 10), body.slice(10)].map((part) => Buffer.from(part));
  const written: {status?: number; body: string} = {body: ''};
  const server = await startLoopbackServer((grpc) => {
    addUnaryService(grpc, SERVICES.responseWriter, {
      WriteHeader({statusCode}: {statusCode: number}) {
        written.status = statusCode;
        return {};
      },
      Write({payload}: {payload: Uint8Array}) {
        written.body += Buffer.from(payload).toString();
        return {written: payload.length};
      },
      Flush: () => ({}),
      Hijack: () => {
        throw new Error('not to be hijacked');
      },
    });
    addUnaryService(grpc, SERVICES.reader, {
      Read() {
        const read = parts.shift() ?? new Uint8Array();
        return parts.length > 0 ? {read} : {read, error};
      },
    });
  });
  return {server, written};
}

describe('Handle without an upgrade to WebSocket', () => {
  it.each([
    ['over HTTP/2', []],
    ['with an upgrade that nobody here speaks', [{key: 'Upgrade', values: ['h2c']}]],
    ['with one among several', [{key: 'Upgrade', values: ['h2c, websocket']}]],
  ])('answers what came %s, body and all', async (_, asked) => {
    const host = await bench.start();
    const {server, written} = await lend('{"jsonrpc":"2.0","id":9,"method":"session.health"}');
    const {handlers} = await host.vm.call('CreateHandlers', {});
    const client = createUnaryClient(handlers[0]?.serverAddr ?? '', SERVICES.http);
    const request = {method: 'POST', requestUri: '/ext/bc/x/rpc', protoMajor: 2, header: asked};
    const responseWriter = {
      header: [{key: 'Node-Id', values: ['x']}],
      serverAddr: server.address,
    };
    const {header} = (await client.call('Handle', {responseWriter, request})) as {
      header: readonly {readonly key: string}[];
    };
    client.close();
    expect(header.map(({key}) => key)).toEqual(['Node-Id', 'Content-Type']);
    expect(written.status).toBe(200);
    expect(JSON.parse(written.body)).toMatchObject({id: 9, result: {healthy: true}});
    await waitFor(() => server.connections() === 0);
    await server.stop();
  });

  it('answers no request whose body breaks off', async () => {
    const host = await bench.start();
    const whole = '{"jsonrpc":"2.0","id":9,"method":"session.health"}';
    const {server, written} = await lend(whole, {errorCode: 0, message: 'unexpected EOF'});
    const {handlers} = await host.vm.call('CreateHandlers', {});
    const client = createUnaryClient(handlers[0]?.serverAddr ?? '', SERVICES.http);
    const request = {method: 'POST', requestUri: '/ext/bc/x/rpc', protoMajor: 2, header: []};
    await client.call('Handle', {
      responseWriter: {header: [], serverAddr: server.address},
      request,
    });
    client.close();
    expect(written).toEqual({status: 400, body: 'the body breaks off\n'});
    await server.stop();
  });
});
