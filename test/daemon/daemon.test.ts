import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {parseNodeConfig} from '../../src/daemon/config.ts';
import {type Daemon, startDaemon} from '../../src/daemon/daemon.ts';
import {createIdentity} from '../../src/daemon/identity-files.ts';
import type {HealthReport} from '../../src/daemon/node-health.ts';
import {createSystemPorts} from '../../src/daemon/system-ports.ts';
import {signerOf} from '../client/keys.ts';
import {FakeChain} from './fake-chain.ts';
import {recordingPorts} from './recorder.ts';
import {type ChainServer, passTime, serveChain} from './serve-chain.ts';

const SPEED = 2;
const identity = createIdentity('node', (length) => new Uint8Array(length).fill(3));
const owner = signerOf(9);

let folder: string;
let chain: FakeChain;
let server: ChainServer;
const running = new Set<Daemon>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-daemon-'));
  chain = new FakeChain();
  server = await serveChain(chain);
});
afterEach(async () => {
  for (const daemon of running) await daemon.stop().catch(() => undefined);
  running.clear();
  await server.close();
  await rm(folder, {recursive: true});
});

function start(name: string, over: Readonly<Record<string, unknown>> = {}, isOwned = true) {
  if (identity.kind !== 'node') throw new Error('a node identity has kind node');
  const config = parseNodeConfig({
    rpc: server.url,
    data: join(folder, name),
    metrics: '127.0.0.1:0',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    ...over,
  });
  const {ports: recorder, events, lines} = recordingPorts();
  const ports = {...createSystemPorts(), logger: recorder.logger};
  const daemon = startDaemon({config, identity, owner: isOwned ? owner : undefined}, ports);
  running.add(daemon);
  // Looked at by each test; until then it must not end the process.
  daemon.done.catch(() => undefined);
  return {daemon, events, lines};
}

describe('startDaemon', () => {
  it('registers, passes an epoch, survives the chain’s restart and its own', async () => {
    const first = start('a');
    await passTime(chain, SPEED, () => chain.epoch === 1n && chain.phase === 'roundB');
    server.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.resume();
    await passTime(chain, SPEED, () => chain.epoch === 2n && chain.phase === 'roundB');
    expect(chain.outcomes.get(1n)?.missed).toEqual([]);
    await first.daemon.stop();
    await first.daemon.done;
    expect(first.events()).toEqual(
      expect.arrayContaining([
        'node.started',
        'registration.done',
        'duty.accepted',
        'node.stopped',
      ]),
    );
    const second = start('a');
    await passTime(chain, SPEED, () => chain.epoch === 3n);
    expect(chain.outcomes.get(2n)?.missed).toEqual([]);
    await second.daemon.stop();
    expect(chain.nodes.size).toBe(1);
  }, 60_000);

  it('serves its health and metrics, from before it is registered', async () => {
    const {daemon, lines} = start('a');
    const served = () => lines.find(({event}) => event === 'status.served')?.facts['port'];
    await passTime(chain, 1, () => served() !== undefined);
    const at = `http://127.0.0.1:${served()}`;
    const health = async () =>
      (await fetch(`${at}/health`)).json() as Promise<Partial<HealthReport>>;
    expect(await health()).toMatchObject({swarm: null, members: 0});
    await passTime(chain, SPEED, () => chain.epoch === 1n && chain.phase === 'roundB');
    expect(await health()).toMatchObject({epoch: '1', swarm: 0, members: 1});
    const metrics = await (await fetch(`${at}/metrics`)).text();
    expect(metrics).toContain('sessionvm_node_epoch 1\n');
    await daemon.stop();
    await expect(fetch(`${at}/health`)).rejects.toThrow();
  });

  it('says which setting to change when its metrics port is taken', async () => {
    const {port} = new URL(server.url);
    const {daemon} = start('a', {metrics: `127.0.0.1:${port}`});
    await expect(daemon.done).rejects.toMatchObject({
      code: 'DAEMON_LISTEN_FAILED',
      details: {setting: 'metrics', reason: 'EADDRINUSE'},
    });
  });

  it('stops when its key signs elsewhere', async () => {
    const first = start('a');
    await passTime(chain, SPEED, () => chain.epoch === 1n && chain.phase === 'roundB');
    await first.daemon.stop();
    const copy = start('b');
    await expect(copy.daemon.done).rejects.toMatchObject({code: 'DAEMON_KEY_IN_USE_ELSEWHERE'});
  }, 30_000);

  it('leaves a data folder alone that another process holds', async () => {
    const first = start('a');
    await passTime(chain, 1, () => chain.nodes.size === 1);
    const second = start('a');
    await expect(second.daemon.done).rejects.toMatchObject({code: 'STORAGE_LOCKED'});
    await first.daemon.stop();
  });

  it('refuses a capacity below the chain’s minimum', async () => {
    const small = start('a', {capacity: '1KiB'});
    await expect(small.daemon.done).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {path: 'capacity'},
    });
    expect(small.events()).toEqual([]);
  });

  it('refuses to run when it is not registered and nobody is named who would, before it listens', async () => {
    const unowned = start('a', {}, false);
    await expect(unowned.daemon.done).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {path: 'owner'},
    });
    expect(unowned.events()).toEqual([]);
  });

  it('stops at once while it waits for a chain', async () => {
    server.pause();
    const {daemon, events} = start('a');
    await expect.poll(events, {timeout: 10_000}).toContain('chain.silent');
    await daemon.stop();
    await daemon.done;
    expect(events().at(-1)).toBe('node.stopped');
  });
});
