import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, it} from 'vitest';
import {startPluginProcess} from '../../src/devnet/host/plugin-process.ts';
import {startRuntimeServer} from '../../src/devnet/host/runtime-server.ts';
import {createVmClient} from '../../src/devnet/host/vm-client.ts';
import {quietGenesis, transfer, waitFor} from '../plugin/harness.ts';
import {Bench, buildVerified, fastest, gossip, isPending, PROGRAM, timed} from './harness.ts';
import {isAlive, startNodeProcess} from './node-process.ts';

const bench = new Bench();
afterEach(() => bench.close());

it('11 answers Version and Shutdown before Initialize, ends with 0 within 5 s of SIGTERM, writes no file', async () => {
  const workingDirectory = await bench.folder();
  const runtime = await startRuntimeServer(45);
  const env = {AVALANCHE_VM_RUNTIME_ENGINE_ADDR: runtime.server.address};
  const child = await startPluginProcess({command: PROGRAM, env, workingDirectory});
  try {
    const {address} = await runtime.handshake();
    const vm = createVmClient(address);
    expect((await vm.call('Version', {})).version).toMatch(/^sessionvm\/\d/);
    expect(await vm.call('Shutdown', {})).toEqual({});
    child.signal('SIGTERM');
    const {value, ms} = await timed(() => child.exited);
    expect(value).toEqual({code: 0, signal: null});
    expect(ms).toBeLessThan(5000);
    expect(await readdir(workingDirectory)).toEqual([]);
    vm.close();
  } finally {
    child.signal('SIGKILL');
    await runtime.server.stop();
  }
});

it('12 outlives SIGINT always and SIGTERM before Shutdown; calls work afterwards', async () => {
  const host = await bench.ready();
  const {process} = host.session;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
    process.signal(signal);
    await sleep(100);
  }
  await gossip(host, transfer(0n));
  const {id} = await buildVerified(host);
  await host.vm.call('BlockAccept', {id});
  expect((await host.vm.call('GetBlockIDAtHeight', {height: '1'})).blkId).toEqual(id);
  await host.vm.call('Shutdown', {});
  process.signal('SIGINT');
  expect(await isPending(process.exited, 300)).toBe(true);
});

it('13 answers Shutdown before the connection closes; ends < 5 s after SIGTERM, or by itself when all connections are closed', async () => {
  const told = await bench.ready();
  expect(await told.vm.call('Shutdown', {})).toEqual({});
  told.session.process.signal('SIGTERM');
  const byTerm = await timed(() => told.session.process.exited);
  expect(byTerm.value).toEqual({code: 0, signal: null});
  expect(byTerm.ms).toBeLessThan(5000);

  const bySelf = fastest(async () => {
    const left = await bench.ready();
    expect(await left.vm.call('Shutdown', {})).toEqual({});
    left.vm.close();
    const {value, ms} = await timed(() => left.session.process.exited);
    expect(value).toEqual({code: 0, signal: null});
    return ms;
  });
  expect(await bySelf).toBeLessThan(1500);
});

it('14 ends within 10 s when the node is killed', async () => {
  const dataDir = await bench.folder();
  await mkdir(join(dataDir, 'node'));
  const node = await startNodeProcess({
    dataDir: join(dataDir, 'node'),
    genesisBytes: quietGenesis(),
  });
  expect(isAlive(node.pluginPid)).toBe(true);
  await node.kill();
  const {ms} = await timed(() => waitFor(() => !isAlive(node.pluginPid)));
  expect(ms).toBeLessThan(10_000);
});
