import {connect} from 'node:net';
import {afterEach, expect, it} from 'vitest';
import {VM_ERROR, VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {quietGenesis, transfer, waitFor} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, buildVerified, gossip, healthOf, median, timed} from './harness.ts';
import {refusal} from './refusal.ts';
import {messagesOf, readFields} from './wire.ts';

const bench = new Bench();
afterEach(() => bench.close());

it('61 Health details are JSON in every state', async () => {
  const host = await bench.start({stage: 'handshake'});
  const states: unknown[] = [];
  const look = async (): Promise<void> => {
    states.push((await healthOf(host)).health['state']);
  };
  await look();
  await host.initialize();
  await look();
  for (const state of [VM_STATE.bootstrapping, VM_STATE.normalOp]) {
    await host.vm.call('SetState', {state});
    await look();
  }
  await host.vm.call('Shutdown', {});
  await look();
  expect(states).toEqual(['starting', 'starting', 'bootstrapping', 'normalOp', 'stopped']);
});

it('61 Health answers within 100 ms while a block of 60 transfers is verified', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  await healthOf(host);
  const answered: number[] = [];
  for (let round = 0; round < 5; round++) {
    const txs = Array.from({length: 60}, (_, n) => transfer(BigInt(60 * round + n)));
    const {id, bytes} = maker.make(txs, 1000 * (round + 1));
    maker.accept(id);
    const verifying = host.vm.call('BlockVerify', {bytes});
    const asked = await Promise.all(Array.from({length: 3}, () => timed(() => healthOf(host))));
    await verifying;
    await host.vm.call('BlockAccept', {id});
    for (const {ms, value} of asked) {
      answered.push(ms);
      expect(value.health['healthy']).toBe(true);
    }
  }
  expect(median(answered)).toBeLessThan(100);
});

const TYPES = {counter: 0n, gauge: 1n, histogram: 4n};
/** Field of `Metric` that holds the value, by type. */
const VALUE_FIELDS = new Map([
  [TYPES.counter, 3],
  [TYPES.gauge, 2],
  [TYPES.histogram, 7],
]);

/** Names of the families on the wire; fails for one that does not carry its type and value. */
async function gatherRaw(host: Host): Promise<string[]> {
  const answer = await host.vm.callRaw('Gather', new Uint8Array());
  return messagesOf(readFields(answer), 1).map((family) => {
    const fields = readFields(family);
    const name = Buffer.from(messagesOf(fields, 1)[0] ?? []).toString();
    // proto2: a zero that is not written is not there, also the type of a counter.
    const type = fields.find(({number}) => number === 3)?.value as bigint;
    const valueField = VALUE_FIELDS.get(type);
    expect(valueField, name).toBeDefined();
    for (const metric of messagesOf(fields, 4)) {
      const [value] = messagesOf(readFields(metric), valueField ?? 0);
      const numbers = readFields(value ?? new Uint8Array()).map(({number}) => number);
      expect(numbers, name).toEqual(
        expect.arrayContaining(type === TYPES.histogram ? [1, 2, 3] : [1]),
      );
    }
    expect(messagesOf(fields, 4), name).not.toHaveLength(0);
    expect(name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
    return name;
  });
}

it('62 Gather returns families with type and values set, before Initialize and in parallel', async () => {
  const host = await bench.start({stage: 'handshake'});
  const early = await gatherRaw(host);
  expect(early).toContain('process_resident_memory_bytes');
  await host.initialize();
  await host.vm.call('SetState', {state: VM_STATE.normalOp});
  await gossip(host, transfer(0n));
  const gathering = Promise.all(Array.from({length: 50}, () => gatherRaw(host)));
  const {id} = await buildVerified(host);
  await host.vm.call('BlockAccept', {id});
  for (const names of await gathering) {
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(early));
    expect(names.filter((name) => name.startsWith('session_')).length).toBeGreaterThan(5);
  }
});

function isRefused(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

it('63 Shutdown twice is OK twice; the HTTP listener is closed, no iterator and no connection to the node is open', async () => {
  const host = await bench.start();
  await gossip(host, transfer(0n));
  await host.engine?.stop();
  const address = host.routes?.handlers[0]?.address ?? '';
  expect(await isRefused(address)).toBe(false);
  expect(await host.vm.call('Shutdown', {})).toEqual({});
  expect(await isRefused(address)).toBe(true);
  const {created, released} = host.database.iterators();
  expect(released).toBe(created);
  await waitFor(() => host.database.server.connections() === 0);
  expect(await host.vm.call('Shutdown', {})).toEqual({});
  await expect(host.vm.call('BuildBlock', {})).rejects.toMatchObject(refusal('PLUGIN_STOPPED'));
  await expect(host.vm.call('WaitForEvent', {})).rejects.toMatchObject(refusal('PLUGIN_STOPPED'));
});

it('64 a chain at genesis wants a state, has none to give but that, and parses summaries by their bytes', async () => {
  const host = await bench.ready();
  expect(await host.vm.call('StateSyncEnabled', {})).toEqual({enabled: true, err: VM_ERROR.none});
  const ongoing = await host.vm.call('GetOngoingSyncStateSummary', {});
  expect(ongoing.err).toBe(VM_ERROR.notFound);
  const last = await host.vm.call('GetLastStateSummary', {});
  const {id, height, bytes, err} = last;
  expect([height, bytes.length, err]).toEqual(['0', 74, VM_ERROR.none]);
  expect(await host.vm.call('ParseStateSummary', {bytes})).toEqual({id, height, err});
  expect(await host.vm.call('GetStateSummary', {height})).toEqual({id, bytes, err});
  const none = await host.vm.call('GetStateSummary', {height: '7'});
  expect(none.err).toBe(VM_ERROR.notFound);
  // Nobody syncs to genesis: 1 is "go on block by block".
  const {mode} = await host.vm.call('StateSummaryAccept', {bytes});
  expect(mode).toBe(1);
  for (const bad of [Buffer.from('summary'), Buffer.concat([bytes, Buffer.of(0)]), Buffer.of()]) {
    const refused = refusal('CODEC_');
    await expect(host.vm.call('ParseStateSummary', {bytes: bad})).rejects.toMatchObject(refused);
  }
});
