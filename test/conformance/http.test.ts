import {once} from 'node:events';
import {connect} from 'node:net';
import {afterEach, expect, it} from 'vitest';
import {serviceDefinition} from '../../src/devnet/definitions.ts';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import type {SimpleResponse} from '../../src/devnet/host/http-proxy.ts';
import {startLoopbackServer} from '../../src/devnet/host/loopback-server.ts';
import {createUnaryClient} from '../../src/devnet/host/unary-client.ts';
import {addUnaryService} from '../../src/devnet/host/unary-service.ts';
import type {Host} from '../../src/devnet/host.ts';
import {issue, rpc, transfer, waitFor} from '../plugin/harness.ts';
import {Bench, fastest, timed} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

type Asked = {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Uint8Array;
  readonly responseHeaders?: readonly {key: string; values: readonly string[]}[];
};

/** HandleSimple on the plugin's own server, as a node calls it. */
async function ask(address: string, asked: Asked): Promise<SimpleResponse> {
  const {method = 'POST', path = '/ext/bc/2JVSBo/rpc', body = '', responseHeaders = []} = asked;
  const client = createUnaryClient(address, SERVICES.http);
  const answer = await client.call('HandleSimple', {
    method,
    url: path,
    requestHeaders: [{key: 'Content-Type', values: ['application/json']}],
    body: Buffer.from(body),
    responseHeaders,
  });
  client.close();
  return answer as SimpleResponse;
}

const jsonOf = ({body}: SimpleResponse): unknown => JSON.parse(Buffer.from(body).toString());
const call = (method: string, params: object = {}): string =>
  JSON.stringify({jsonrpc: '2.0', id: 5, method, params});

async function handlerAddress(host: Host): Promise<string> {
  const {handlers} = await host.vm.call('CreateHandlers', {});
  return handlers[0]?.serverAddr ?? '';
}

const PREFIXES = ['/rpc', '/ws', '/rpc/openrpc.json', '/health'];

it('57 CreateHandlers returns valid prefixes on loopback, and twice does not break the first set', async () => {
  const host = await bench.ready();
  const first = (await host.vm.call('CreateHandlers', {})).handlers;
  const second = (await host.vm.call('CreateHandlers', {})).handlers;
  expect(first.map(({prefix}) => prefix)).toEqual(PREFIXES);
  expect(second.map(({prefix}) => prefix)).toEqual(PREFIXES);
  for (const {serverAddr} of [...first, ...second]) {
    expect(serverAddr).toMatch(/^127\.0\.0\.1:\d+$/);
    const answer = await ask(serverAddr, {body: call('session.health')});
    expect(jsonOf(answer)).toMatchObject({id: 5, result: {healthy: true}});
  }
});

it('58 HandleSimple passes method, path with query and body; keeps the headers that the node has set, in canonical form', async () => {
  const host = await bench.ready();
  const address = await handlerAddress(host);
  const nodeHeaders = [
    {key: 'Node-Id', values: ['NodeID-x']},
    {key: 'Vary', values: ['Origin', 'Accept-Encoding']},
  ];
  const path = '/ext/bc/2JVSBo/rpc?a=1&b=/health';
  const body = call('session.getNetwork');
  const answer = await ask(address, {path, body, responseHeaders: nodeHeaders});
  expect(answer.code).toBe(200);
  expect(jsonOf(answer)).toMatchObject({jsonrpc: '2.0', id: 5, result: {}});
  expect(answer.headers).toEqual(expect.arrayContaining(nodeHeaders));
  expect(answer.headers.map(({key}) => key)).toContain('Content-Type');
  for (const {key} of answer.headers) expect(key).toMatch(/^[A-Z][a-z]*(?:-[A-Z][a-z]*)*$/);
  expect((await ask(address, {method: 'GET'})).code).toBe(405);
  const document = await ask(address, {method: 'GET', path: '/ext/bc/2JVSBo/rpc/openrpc.json'});
  expect(jsonOf(document)).toMatchObject({openrpc: '1.3.2', info: {title: 'SessionVM'}});
  const health = await ask(address, {method: 'GET', path: '/ext/bc/2JVSBo/health'});
  expect([health.code, jsonOf(health)]).toMatchObject([200, {health: {healthy: true}}]);
  for (const path of ['/', '/ext/bc/2JVSBo', '/ext/bc/2JVSBo/nothing', '/rpc/', '', '%']) {
    expect((await ask(address, {path})).code, path).toBe(404);
  }
});

it('58 bad bodies are answers: malformed JSON, 2 MiB and more, an internal failure; none is a failed call', async () => {
  let isBroken = false;
  const host = await bench.ready({
    onDatabaseCall: (method) => (isBroken && method === 'Get' ? {fail: 'gone'} : undefined),
  });
  const address = await handlerAddress(host);
  for (const body of ['{', '', 'null', '[]', '"x"', '{"jsonrpc":"2.0","id":1}']) {
    const answer = await ask(address, {body});
    expect([200, 400]).toContain(answer.code);
    expect(jsonOf(answer), body).toHaveProperty('error');
  }
  expect((await ask(address, {body: Uint8Array.of(0xff, 0xfe)})).code).toBe(200);
  for (const size of [2_097_153, 8_388_608]) {
    expect((await ask(address, {body: new Uint8Array(size)})).code).toBe(413);
  }
  isBroken = true;
  const failed = await ask(address, {body: call('session.getBlockByHeight', {height: '0'})});
  expect([200, 500]).toContain(failed.code);
  expect(jsonOf(failed)).toMatchObject({error: {code: -32603}});
  expect((await host.vm.call('Version', {})).version).not.toBe('');
});

/** What a node lends a plugin for an answer; `written` names the calls that came. */
async function lendConnection() {
  const written: string[] = [];
  const record = (name: string, answer: object) => (): object => {
    written.push(name);
    return answer;
  };
  const lent = await startLoopbackServer((grpc) => {
    const {Write, WriteHeader, Flush, Hijack} = serviceDefinition('http.responsewriter.Writer');
    const definition = {Write, WriteHeader, Flush, Hijack} as typeof SERVICES.http;
    addUnaryService(grpc, definition, {
      Write: record('Write', {written: 1}),
      WriteHeader: record('WriteHeader', {}),
      Flush: record('Flush', {}),
      Hijack: record('Hijack', {}),
    });
    addUnaryService(grpc, serviceDefinition('io.reader.Reader'), {
      Read: () => ({read: new Uint8Array(), error: {errorCode: 1, message: 'EOF'}}),
    });
  });
  return {lent, written};
}

it('59 an Upgrade of a path that has no other protocol is answered, Handle ends, and the server that the node lent stops within 1 s', async () => {
  const host = await bench.ready();
  const request = {
    method: 'GET',
    url: {path: '/ext/bc/2JVSBo/rpc'},
    header: [
      {key: 'Upgrade', values: ['websocket']},
      {key: 'Connection', values: ['Upgrade']},
    ],
  };
  const stopped = fastest(async () => {
    const {lent, written} = await lendConnection();
    const client = createUnaryClient(await handlerAddress(host), SERVICES.http);
    const responseWriter = {header: [{key: 'Node-Id', values: ['x']}], serverAddr: lent.address};
    const handled = await timed(() => client.call('Handle', {responseWriter, request}));
    expect(handled.ms).toBeLessThan(5000);
    expect(handled.value).toMatchObject({header: expect.arrayContaining(responseWriter.header)});
    expect(written[0]).toBe('WriteHeader');
    const {ms} = await timed(async () => {
      await waitFor(() => lent.connections() === 0);
      await lent.stopGracefully();
    });
    client.close();
    return ms;
  });
  expect(await stopped).toBeLessThan(1000);

  // Nobody at the address: Handle ends all the same, and the plugin lives on.
  const again = createUnaryClient(await handlerAddress(host), SERVICES.http);
  const nobody = {responseWriter: {header: [], serverAddr: '127.0.0.1:9'}, request};
  const refused = await timed(() => again.call('Handle', nobody).catch(() => 'failed'));
  expect(refused.ms).toBeLessThan(5000);
  again.close();
  expect((await host.vm.call('Version', {})).version).not.toBe('');
});

it('60 NewHTTPHandler has no handler: an empty address', async () => {
  const host = await bench.ready();
  expect(await host.vm.call('NewHTTPHandler', {})).toEqual({serverAddr: ''});
});

it('57, 58 serve the chain through the proxy: 503 before normal operation, then accounts and blocks', async () => {
  const host = await bench.start({stage: 'initialized'});
  await host.openRoutes();
  expect((await fetch(host.rpcUrl, {method: 'POST', body: call('session.health')})).status).toBe(
    503,
  );
  await host.run();
  const {result} = await issue(host, transfer(0n));
  await waitFor(() => host.engine?.acceptedCount() === 1);
  const id = result?.['txId'];
  expect((await rpc(host, 'getTx', {id})).result).toMatchObject({status: 'accepted'});
  const port = Number(new URL(host.rpcUrl).port);
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /ext/bc/x/rpc HTTP/1.1\r\nHost: x\r\n\r\n');
  const [head] = await once(socket, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 404/);
  socket.destroy();
});
