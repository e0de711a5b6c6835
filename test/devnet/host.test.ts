import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {OnDatabaseCall} from '../../src/devnet/host/database-faults.ts';
import type {HostOptions} from '../../src/devnet/host/host-options.ts';
import {connectHosts} from '../../src/devnet/host/peers.ts';
import {type Host, startHost} from '../../src/devnet/host.ts';

const PLUGIN = join(import.meta.dirname, 'fake-plugin.ts');

let dataDir = '';
let hosts: Host[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sessionvm-host-'));
});
afterEach(async () => {
  for (const host of hosts) await host.stop();
  hosts = [];
  await rm(dataDir, {recursive: true, force: true});
});

function options(changes: Partial<HostOptions> = {}): HostOptions {
  return {
    plugin: {path: process.execPath, args: [PLUGIN]},
    dataDir,
    networkId: 1337,
    chainId: new Uint8Array(32).fill(9),
    genesisBytes: new Uint8Array(),
    ...changes,
  };
}

async function start(changes: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startHost(options(changes));
  hosts.push(host);
  return host;
}

const post = (host: Host, body = 'hello', path = '/rpc'): Promise<Response> =>
  fetch(`${host.chainUrl}${path}`, {method: 'POST', body});

async function waitFor(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('plugin process', () => {
  it('starts in an environment of its own', async () => {
    const host = await start({stage: 'handshake', env: {GRPC_EXTRA: 'x'}});
    await waitFor(() => host.session.process.output().includes('environment'));
    expect(host.session.process.output()).toBe(
      'environment AVALANCHE_VM_RUNTIME_ENGINE_ADDR GRPC_EXTRA\n',
    );
  });

  it.each([42, 43, 44, 46] as const)('plays protocol %i', async (protocol) => {
    const host = await start({stage: 'handshake', protocol});
    expect(host.session.handshake.protocolVersion).toBe(protocol);
  });

  it('tells of the handshake before it answers it', async () => {
    const open: string[] = [];
    const onHandshake = async ({address}: {address: string}): Promise<void> => {
      const [host, port] = address.split(':');
      const socket = connect(Number(port), host);
      await once(socket, 'connect');
      socket.destroy();
      open.push(address);
    };
    const host = await start({stage: 'handshake', onHandshake});
    expect(open).toEqual([host.vm.address]);
  });

  it('plays the other engine variable with its own number', async () => {
    const engineVariable = 'LUX_VM_RUNTIME_ENGINE_ADDR';
    const env = {GRPC_FAKE_PROTOCOL: '42'};
    const host = await start({stage: 'handshake', engineVariable, env});
    expect(host.session.handshake.protocolVersion).toBe(42);
  });

  it('refuses another number and leaves no process', async () => {
    const failed = startHost(options({env: {GRPC_FAKE_PROTOCOL: '44'}}));
    await expect(failed).rejects.toMatchObject({
      code: 'DEVNET_PROTOCOL',
      details: {expected: 45, announced: 44, exit: 'exit 1', output: 'handshake refused'},
    });
  });

  it('gives up without a handshake', async () => {
    const failed = startHost(options({env: {GRPC_FAKE_SILENT: '1'}, handshakeTimeoutMs: 300}));
    await expect(failed).rejects.toMatchObject({code: 'DEVNET_HANDSHAKE'});
  });

  it('says when the file cannot be executed', async () => {
    const failed = startHost(options({plugin: {path: join(dataDir, 'missing')}}));
    await expect(failed).rejects.toMatchObject({code: 'DEVNET_SPAWN'});
  });

  it('leaves no process after stop', async () => {
    const host = await start();
    const {pid} = host.session.process;
    expect(isAlive(pid)).toBe(true);
    expect(await host.stop()).toEqual({code: 0, signal: null});
    hosts = [];
    expect(isAlive(pid)).toBe(false);
  });
});

describe('block loop', () => {
  it('turns each event into one accepted block', async () => {
    const heights: string[] = [];
    const host = await start({onAccepted: ({height}) => heights.push(height)});
    for (let i = 0; i < 3; i++) await post(host);
    await waitFor(() => heights.length === 3);
    expect(heights).toEqual(['1', '2', '3']);
    expect(host.engine?.acceptedCount()).toBe(3);
  });

  it('goes on from the last accepted block after kill and restart', async () => {
    const host = await start();
    await post(host);
    await waitFor(() => host.engine?.acceptedCount() === 1);
    expect(await host.kill()).toEqual({code: null, signal: 'SIGKILL'});
    await host.restart();
    expect(host.head?.height).toBe('1');
    await post(host);
    await waitFor(() => host.engine?.acceptedCount() === 1);
  });

  it('can be driven by hand', async () => {
    const host = await start({stage: 'initialized'});
    await expect(host.vm.call('BuildBlock', {})).rejects.toMatchObject({
      code: 'DEVNET_CALL',
      details: {status: 'UNKNOWN', text: 'nothing to build'},
    });
    const cancel = new AbortController();
    const waiting = host.vm.call('WaitForEvent', {}, {signal: cancel.signal});
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({details: {status: 'CANCELLED'}});
  });

  it('sends and shows raw bytes', async () => {
    const host = await start({stage: 'handshake'});
    const answer = await host.vm.callRaw('Version', new Uint8Array());
    expect(Buffer.from(answer).toString('hex')).toBe('0a0666616b652f31');
  });
});

describe('HTTP proxy', () => {
  it('carries status, body, uri and headers', async () => {
    const host = await start();
    const response = await post(host, 'hello', '/rpc?a=1');
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('hello');
    expect(response.headers.get('x-url')).toBe(`${new URL(host.chainUrl).pathname}/rpc?a=1`);
    expect(response.headers.get('node-id')).toBe('NodeID-6L5yRNPTuciSgXGHqYwn9N6NeoKMvqvy');
  });

  it('answers 404, 413, 500 and 503', async () => {
    const host = await start();
    expect((await post(host, '', '/other')).status).toBe(404);
    expect((await post(host, 'fail')).status).toBe(500);
    const body = new Uint8Array(17 * 1024 * 1024);
    const large = await fetch(host.rpcUrl, {method: 'POST', body}).catch(() => undefined);
    expect([413, undefined]).toContain(large?.status);
    await host.kill();
    expect((await post(host)).status).toBe(503);
  });
});

describe('database faults', () => {
  const onBatch =
    (fault: ReturnType<OnDatabaseCall>, n = 1): OnDatabaseCall =>
    (method, count) =>
      method === 'WriteBatch' && count === n ? fault : undefined;

  it('fails a call', async () => {
    const errors: unknown[] = [];
    const isBatch = (method: string): boolean => method === 'WriteBatch';
    const host = await start({
      onDatabaseCall: (method) => (isBatch(method) ? {fail: 'disk on fire'} : undefined),
      onError: (error) => errors.push(error),
    });
    await post(host);
    await waitFor(() => errors.length > 0);
    expect(String(errors[0])).toContain('disk on fire');
    await host.kill();
    await host.restart();
    expect(host.head?.height).toBe('0');
  });

  it.each(['before', 'after'] as const)('kills the plugin %s the write', async (killPlugin) => {
    const host = await start({onDatabaseCall: onBatch({delayMs: 20, killPlugin})});
    await post(host);
    await host.session.process.exited;
    await host.restart();
    expect(host.head?.height).toBe(killPlugin === 'before' ? '0' : '1');
  });

  it('cuts connections, which the plugin opens again', async () => {
    const errors: unknown[] = [];
    const host = await start({
      onDatabaseCall: onBatch({cut: 'before'}),
      onError: (error) => errors.push(error),
    });
    await post(host);
    await waitFor(() => host.engine?.acceptedCount() === 1);
    expect(errors).toHaveLength(1);
    expect(host.database.server.accepted()).toBe(2);
    expect(host.database.calls().WriteBatch).toBe(2);
  });
});

describe('app sender', () => {
  it('records what the plugin sends', async () => {
    const host = await start();
    const nodeId = new Uint8Array(20).fill(3);
    await host.vm.call('AppGossip', {nodeId, msg: Buffer.from('echo')});
    expect(host.appSender.sent()).toMatchObject([{kind: 'gossip', peers: 3, validators: 0}]);
    const short = new Uint8Array(19);
    const malformed = host.vm.call('AppGossip', {nodeId: short, msg: Buffer.from('echo')});
    await expect(malformed).rejects.toMatchObject({code: 'DEVNET_CALL'});
  });
});

describe('peers', () => {
  const nodeId = new Uint8Array(20).fill(8);
  const texts = (host: Host): string[] =>
    host.appSender.sent().map((message) => {
      return `${message.kind} ${'payload' in message ? Buffer.from(message.payload) : ''}`;
    });

  it('carry requests and answers between two plugins', async () => {
    const a = await start();
    const b = await start({nodeId, dataDir: join(dataDir, 'b')});
    const network = await connectHosts([a, b]);
    await a.vm.call('AppGossip', {nodeId, msg: Buffer.from('ask hello')});
    await network.idle();
    expect(texts(a)).toEqual(['request hello', 'gossip hello']);
    expect(texts(b)).toEqual(['response hello']);
    await network.close();
  });

  it('fail a request to a node that is not there', async () => {
    const a = await start();
    const network = await connectHosts([a]);
    await a.vm.call('AppGossip', {nodeId, msg: Buffer.from('ask hello')});
    await network.idle();
    expect(texts(a)).toEqual(['request hello', 'gossip timed out']);
    await network.close();
  });
});
