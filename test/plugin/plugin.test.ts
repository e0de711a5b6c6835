import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import process from 'node:process';
import {afterEach, describe, expect, it} from 'vitest';
import {serviceDefinition} from '../../src/devnet/definitions.ts';
import type {DatabaseFault} from '../../src/devnet/host/database-faults.ts';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import {startLoopbackServer} from '../../src/devnet/host/loopback-server.ts';
import {connectHosts} from '../../src/devnet/host/peers.ts';
import {createUnaryClient} from '../../src/devnet/host/unary-client.ts';
import {addUnaryService} from '../../src/devnet/host/unary-service.ts';
import {VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {GossipMessage} from '../../src/plugin/gossip-message.ts';
import {encode} from '../../src/protocol/codec.ts';
import {Bench, issue, PLUGIN, quietGenesis, rpc, transfer, waitFor} from './harness.ts';
import {metricOf} from './validators.ts';

const bench = new Bench();
afterEach(() => bench.close());

/** Runs the plugin by hand, with this environment only. */
async function runAlone(env: Record<string, string>) {
  const child = spawn(PLUGIN.path, PLUGIN.args, {env, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return {code, lines: output.trim().split('\n')};
}

describe('start', () => {
  it('says in one line why it cannot serve', async () => {
    const nobody = await runAlone({});
    expect(nobody.code).toBe(2);
    expect(nobody.lines).toHaveLength(1);
    const zap = await runAlone({VM_TRANSPORT: 'zap', VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:9'});
    expect(zap.code).toBe(2);
    expect(zap.lines).toEqual([expect.stringContaining('gRPC only')]);
    const dead = await runAlone({AVALANCHE_VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:9'});
    expect(dead.code).toBe(1);
    expect(dead.lines).toEqual([expect.stringContaining('nobody answers at 127.0.0.1:9')]);
  });

  it('says what to set when the node speaks another protocol', async () => {
    const env = {GRPC_SESSIONVM_PROTOCOL: '45'};
    const starting = bench.start({protocol: 43, env});
    await expect(starting).rejects.toMatchObject({
      code: 'DEVNET_PROTOCOL',
      details: {exit: 'exit 1', output: expect.stringContaining('set GRPC_SESSIONVM_PROTOCOL=43')},
    });
  });

  it.each([42, 43, 44, 45, 46] as const)('serves a node of protocol %i', async (protocol) => {
    const host = await bench.start({protocol});
    expect(host.session.handshake.protocolVersion).toBe(protocol);
    await issue(host, transfer(0n));
    await waitFor(() => host.engine?.acceptedCount() === 1);
    expect((await rpc(host, 'getLastAccepted')).result).toMatchObject({height: '1'});
  });

  it('ends with 0 after a probe', async () => {
    const host = await bench.start({stage: 'handshake'});
    expect(await host.vm.call('Version', {})).toEqual({version: 'sessionvm/0.1.0'});
    await expect(host.vm.call('ParseBlock', {})).rejects.toMatchObject({code: 'DEVNET_CALL'});
    await host.vm.call('Shutdown', {});
    await host.vm.call('Shutdown', {});
    host.vm.close();
    expect(await host.session.process.exited).toEqual({code: 0, signal: null});
  });

  it('outlives signals before Shutdown', async () => {
    const host = await bench.start({stage: 'handshake'});
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      host.session.process.signal(signal);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await host.vm.call('Version', {})).toEqual({version: 'sessionvm/0.1.0'});
  });
});

describe('chain', () => {
  it('builds a block when a transaction arrives, and stays silent after it', async () => {
    const host = await bench.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(host.engine?.acceptedCount()).toBe(0);
    const {result} = await issue(host, transfer(0n));
    const isAccepted = async (): Promise<boolean> =>
      (await rpc(host, 'getTx', {id: result?.['txId']})).result?.['status'] === 'accepted';
    await waitFor(isAccepted);
    expect((await issue(host, transfer(0n))).error?.data).toMatchObject({reason: 'TX_WRONG_NONCE'});
    expect(host.engine?.acceptedCount()).toBe(1);
  });

  it('comes back where it stopped, and refuses another genesis', async () => {
    const host = await bench.start();
    await issue(host, transfer(0n));
    await waitFor(() => host.engine?.acceptedCount() === 1);
    const before = (await rpc(host, 'getLastAccepted')).result;
    await host.kill();
    await host.start();
    expect((await rpc(host, 'getLastAccepted')).result).toEqual(before);
    await host.stopPlugin();
    await host.launch();
    const genesisBytes = quietGenesis('another');
    const wrong = host.initialize({genesisBytes});
    await expect(wrong).rejects.toMatchObject({
      details: {text: expect.stringContaining('CHAIN_STORE_WRONG_GENESIS')},
    });
    const head = await host.initialize();
    expect(head.height).toBe('1');
    await expect(host.initialize()).rejects.toMatchObject({
      details: {text: 'PLUGIN_ALREADY_INITIALIZED'},
    });
  });

  it('tells other nodes of a transaction, and builds what they tell', async () => {
    const genesisBytes = quietGenesis();
    const first = await bench.start({genesisBytes, stage: 'initialized'});
    const second = await bench.start({genesisBytes, nodeId: new Uint8Array(20).fill(2)});
    await first.vm.call('SetState', {state: VM_STATE.normalOp});
    const peers = [
      {nodeId: new Uint8Array(20).fill(1), vm: first.vm, appSender: first.appSender},
      {nodeId: new Uint8Array(20).fill(2), vm: second.vm, appSender: second.appSender},
    ];
    const network = await connectHosts(peers);
    const waiting = first.vm.call('WaitForEvent', {});
    await issue(second, transfer(0n));
    expect(await waiting).toEqual({message: 1});
    await network.close();
  });

  it('answers a peer that asks for something with one error', async () => {
    const host = await bench.start();
    const message = {nodeId: new Uint8Array(20).fill(3), request: new Uint8Array(9)};
    const now = Math.floor(Date.now() / 1000);
    const at = (seconds: number) => ({seconds: String(seconds), nanos: 0});
    await host.vm.call('AppRequest', {...message, requestId: 1, deadline: at(now - 1)});
    await host.vm.call('AppRequest', {...message, requestId: 2, deadline: at(now + 60)});
    await waitFor(() => host.appSender.sent().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(host.appSender.sent()).toMatchObject([{kind: 'error', requestId: 2, code: 1}]);
  });
});

describe('HTTP', () => {
  const post = async (host: Host, path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${host.chainUrl}${path}`, {method: 'POST', ...init})).status;

  it('routes by path and method, and keeps what the node has set', async () => {
    const host = await bench.start();
    const health = await fetch(`${host.chainUrl}/health`);
    expect(health.status).toBe(200);
    expect(health.headers.get('node-id')).toMatch(/^NodeID-/);
    expect(await health.json()).toMatchObject({database: {state: 'ok'}});
    expect(await post(host, '/rpc', {method: 'GET'})).toBe(405);
    expect(await post(host, '/health')).toBe(405);
    expect(await post(host, '/rpc', {body: new Uint8Array(2_097_153)})).toBe(413);
    expect(await post(host, '/rpc', {body: '{'})).toBe(200);
  });

  it('refuses an upgrade through the writer that the node lends', async () => {
    const host = await bench.start();
    const written: unknown[] = [];
    const record = (message: object): object => {
      written.push(message);
      return {};
    };
    const service = serviceDefinition('http.responsewriter.Writer');
    const {Write, WriteHeader} = service;
    const definition = {Write, WriteHeader} as typeof service;
    const writer = await startLoopbackServer((grpc) =>
      addUnaryService(grpc, definition, {Write: record, WriteHeader: record}),
    );
    const {handlers} = await host.vm.call('CreateHandlers', {});
    const client = createUnaryClient(handlers[0]?.serverAddr ?? '', SERVICES.http);
    const header = [{key: 'Node-Id', values: ['x']}];
    const responseWriter = {header, serverAddr: writer.address};
    const upgrade = [{key: 'Upgrade', values: ['websocket']}];
    for (const [request, statusCode] of [
      [{method: 'GET', url: {path: '/ext/bc/x/rpc'}, header: upgrade}, 501],
      [{method: 'GET', requestUri: '/ext/bc/x/nothing', header: upgrade}, 404],
      [undefined, 400],
    ] as const) {
      written.length = 0;
      const asked = request === undefined ? {responseWriter} : {responseWriter, request};
      const answer = await client.call('Handle', asked);
      expect(answer).toMatchObject({header: expect.arrayContaining(header)});
      expect(written).toMatchObject([{statusCode}, {payload: expect.anything()}]);
      await waitFor(() => writer.connections() === 0);
    }
    client.close();
    await writer.stop();
  });
});

describe('database', () => {
  it('accepts nothing after a failed write', async () => {
    let fault: DatabaseFault | undefined;
    const onDatabaseCall = (method: string) => (method === 'WriteBatch' ? fault : undefined);
    const host = await bench.start({onDatabaseCall, stage: 'initialized'});
    await host.vm.call('SetState', {state: VM_STATE.normalOp});
    const msg = encode(GossipMessage, {type: 'txs', value: {txs: [transfer(0n)]}});
    await host.vm.call('AppGossip', {nodeId: new Uint8Array(20), msg});
    const {id, bytes} = await host.vm.call('BuildBlock', {});
    await host.vm.call('BlockVerify', {bytes});
    await host.vm.call('Health', {});
    fault = {fail: 'the disk is gone'};
    const refused = {details: {text: expect.stringContaining('CHAIN_STORE_FAILED')}};
    await expect(host.vm.call('BlockAccept', {id})).rejects.toMatchObject(refused);
    fault = undefined;
    await expect(host.vm.call('BlockAccept', {id})).rejects.toMatchObject(refused);
    await expect(host.vm.call('Health', {})).rejects.toMatchObject({
      details: {text: expect.stringContaining('PLUGIN_UNHEALTHY')},
    });
    const head = await host.vm.call('SetState', {state: VM_STATE.normalOp});
    expect(head.height).toBe('0');
    const {created, released} = host.database.iterators();
    expect(released).toBe(created);
    await host.restart();
    expect(host.head?.height).toBe('0');
  });

  it('is of no use after a failed read, and health and metrics say so', async () => {
    let isFailing = false;
    const host = await bench.start({
      onDatabaseCall: (method) => (isFailing && method === 'Get' ? {fail: 'no disk'} : undefined),
    });
    const failed = (): Promise<number> => metricOf(host, 'session_database_failed');
    const health = async (): Promise<object> => {
      const {status} = await fetch(`${host.chainUrl}/health`);
      return {status, database: (await rpc(host, 'health')).result?.['database']};
    };
    expect(await health()).toEqual({status: 200, database: 'ok'});
    expect(await failed()).toBe(0);
    isFailing = true;
    expect(await rpc(host, 'getBlockByHeight', {height: '0'})).toHaveProperty('error');
    isFailing = false;
    const broken = expect.stringContaining('STORAGE_FAILED');
    expect(await health()).toEqual({status: 503, database: broken});
    expect(await failed()).toBe(1);
    await expect(host.vm.call('Health', {})).rejects.toMatchObject({details: {text: broken}});
  });
});

describe('a node that vanishes', () => {
  it('takes the plugin with it', async () => {
    const args = [join(import.meta.dirname, 'vanishing-node.ts')];
    const node = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
    const [line] = await once(node.stdout, 'data');
    const pid = Number(String(line));
    expect(process.kill(pid, 0)).toBe(true);
    node.kill('SIGKILL');
    await once(node, 'close');
    await waitFor(() => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
  });
});
