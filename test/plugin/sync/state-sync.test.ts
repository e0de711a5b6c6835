import {randomBytes} from 'node:crypto';
import {join as joinPath} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import type {HostOptions} from '../../../src/devnet/host/host-options.ts';
import {connectHosts, type Peer, type PeerNetwork} from '../../../src/devnet/host/peers.ts';
import {
  type ChainHead,
  SYNC_MODE,
  VM_ERROR,
  VM_STATE,
} from '../../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../../src/devnet/host.ts';
import {PeerAnswer} from '../../../src/plugin/peers/peer-codec.ts';
import {bytesToHex, hexToBytes, utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {encode} from '../../../src/protocol/codec.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {databaseEntries, healthOf} from '../../conformance/harness.ts';
import {Bench, issue, rpc, transfer, waitFor} from '../harness.ts';
import {hostilePeer, madeUpLeaves} from './hostile-peer.ts';
import {makeHostChain} from './made-chain.ts';

const bench = new Bench();
afterEach(() => bench.close());

const idOf = (byte: number): Uint8Array => new Uint8Array(20).fill(byte);
const rootOf = async (host: Host): Promise<unknown> => (await healthOf(host)).health['stateRoot'];

/** Blocks of a host after a head, as a node would fetch them. */
async function* blocksAfter(host: Host, {height}: ChainHead): AsyncGenerator<Uint8Array> {
  for (let next = BigInt(height) + 1n; ; next++) {
    const {blkId, err} = await host.vm.call('GetBlockIDAtHeight', {height: String(next)});
    if (err !== VM_ERROR.none) return;
    yield (await host.vm.call('GetBlock', {id: blkId})).bytes;
  }
}

/** A validator that has the whole chain. */
async function serverWith(epochs: number, nodes = 0, changes: Partial<HostOptions> = {}) {
  const dataDir = await bench.folder();
  const made = await makeHostChain(dataDir, {epochs, nodes});
  const {genesisBytes} = made;
  const host = await bench.start({dataDir, genesisBytes, nodeId: idOf(1), ...changes});
  return {made, host};
}

type Joining = {readonly host: Host; readonly network: PeerNetwork};

/** A node without the chain, connected to those who have it, before its engine starts. */
async function joiner(
  servers: readonly Host[],
  changes: Partial<HostOptions> = {},
  others: readonly Peer[] = [],
): Promise<Joining> {
  const [first] = servers;
  if (first === undefined) throw new Error('nobody to join');
  const {genesisBytes} = first.options;
  const host = await bench.start({
    genesisBytes,
    nodeId: idOf(99),
    stage: 'initialized',
    agreedSummary: async () => (await first.vm.call('GetLastStateSummary', {})).bytes,
    missingBlocks: (head) => blocksAfter(first, head),
    ...changes,
  });
  return {host, network: await connectHosts([...servers, ...others, host])};
}

/** Everything from StateSyncEnabled to normal operation. */
async function join(host: Host): Promise<void> {
  await host.openRoutes();
  await host.run();
}

const settings = (values: object): Partial<HostOptions> => ({
  configBytes: utf8ToBytes(JSON.stringify(values)),
});

/** Bytes of the state that hosts have answered with. */
function bytesServed(...hosts: readonly Host[]): number {
  let bytes = 0;
  for (const message of hosts.flatMap(({appSender}) => appSender.sent())) {
    if (message.kind === 'response') bytes += message.payload.length;
  }
  return bytes;
}

/** Executes what the other has more. */
async function follow(host: Host, server: Host): Promise<void> {
  const height = String((await healthOf(host)).health['height']);
  for await (const bytes of blocksAfter(server, {...host.head!, height})) {
    const {id} = await host.vm.call('ParseBlock', {bytes});
    await host.vm.call('BlockVerify', {bytes});
    await host.vm.call('BlockAccept', {id});
  }
}

const stateEntries = async (host: Host, slot: 0 | 1): Promise<string[]> =>
  [...(await databaseEntries(host))].flatMap(([key, value]) =>
    key.startsWith(`2${slot}`) ? [`${key.slice(2)}=${value}`] : [],
  );

it('a fresh plugin joins a chain of 100 000 blocks without replaying it', async () => {
  const {made, host: server} = await serverWith(25_000);
  const {height} = made.chain.lastAccepted.block;
  expect(height).toBeGreaterThanOrEqual(100_000n);
  const {host: fresh, network} = await joiner([server]);
  const start = performance.now();
  await join(fresh);
  console.log(`joined ${height} blocks in ${Math.round(performance.now() - start)} ms`);
  expect(await rootOf(fresh)).toBe(await rootOf(server));
  expect((await rpc(fresh, 'getLastAccepted')).result).toEqual(
    (await rpc(server, 'getLastAccepted')).result,
  );
  // What came before is nowhere, and says so.
  for (const old of [1n, 777n, height - 1n]) {
    const {err} = await fresh.vm.call('GetBlockIDAtHeight', {height: String(old)});
    expect(err).toBe(VM_ERROR.notFound);
    const {blkId} = await server.vm.call('GetBlockIDAtHeight', {height: String(old)});
    expect((await fresh.vm.call('GetBlock', {id: blkId})).err).toBe(VM_ERROR.notFound);
    const {error} = await rpc(fresh, 'getBlockByHeight', {height: String(old)});
    expect(error?.data).toMatchObject({
      code: 'API_NOT_FOUND',
      reason: expect.stringContaining('keeps'),
    });
  }
  const atGenesis = await fresh.vm.call('GetBlockIDAtHeight', {height: '0'});
  expect((await fresh.vm.call('GetBlock', {id: atGenesis.blkId})).err).toBe(VM_ERROR.none);
  const {blksBytes} = await fresh.vm.call('GetAncestors', {
    blkId: made.chain.lastAccepted.block.id,
    maxBlocksNum: 100,
    maxBlocksSize: 1_000_000,
    maxBlocksRetrivalTime: '1000000000',
  });
  expect(blksBytes.map(bytesToHex)).toEqual([bytesToHex(made.chain.lastAccepted.block.bytes)]);
  // Both go on, together; each is a validator of its own, so one makes the blocks.
  await network.close();
  await issue(server, transfer(0n));
  await waitFor(async () => (await healthOf(server)).health['height'] === String(height + 1n));
  await follow(fresh, server);
  expect(await rootOf(fresh)).toBe(await rootOf(server));
  // And from the disk.
  await fresh.stopPlugin();
  expect(await stateEntries(fresh, 1)).toEqual(await stateEntries(server, 0));
  expect(await stateEntries(fresh, 0)).toEqual([]);
  await fresh.launch();
  expect((await fresh.initialize()).height).toBe(String(height + 1n));
  expect((await fresh.vm.call('StateSyncEnabled', {})).enabled).toBe(false);
  expect(await rootOf(fresh)).toBe(await rootOf(server));
});

it('a node that prunes says of an old block that it is not found, and has every other byte for byte', async () => {
  const keepBlocks = 20;
  const {made, host} = await serverWith(20, 0, settings({keepBlocks}));
  const blocks = new Map(made.lastBlocks.map(({height, id, bytes}) => [height, {id, bytes}]));
  const last = made.chain.lastAccepted.block.height;
  expect(last).toBeGreaterThan(60n);
  const accepted = async () => BigInt(String((await healthOf(host)).health['height']));
  const isGone = async (height: bigint): Promise<boolean> => {
    const {err, blkId} = await host.vm.call('GetBlockIDAtHeight', {height: String(height)});
    const {id = blkId, bytes} = blocks.get(height) ?? {};
    const block = await host.vm.call('GetBlock', {id});
    expect(block.err).toBe(err);
    if (err === VM_ERROR.notFound) {
      expect([blkId.length, block.bytes.length]).toEqual([0, 0]);
      return true;
    }
    expect(err).toBe(VM_ERROR.none);
    expect(blkId).toEqual(Buffer.from(id));
    if (bytes !== undefined) expect(block.bytes).toEqual(Buffer.from(bytes));
    return false;
  };
  expect(await isGone(1n)).toBe(false);
  for (let nonce = 0n; nonce < 5n; nonce++) {
    await issue(host, transfer(nonce));
    await waitFor(async () => (await accepted()) === last + nonce + 1n);
  }
  // Eight go after each block that is accepted: the fortieth is the last.
  await waitFor(async () => {
    const {err} = await host.vm.call('GetBlockIDAtHeight', {height: '40'});
    return err === VM_ERROR.notFound;
  });
  const states = async (): Promise<boolean[]> => {
    const all: boolean[] = [];
    for (let height = 0n; height <= last; height++) all.push(await isGone(height));
    return all;
  };
  const gone = await states();
  // Genesis stays; then what is gone comes first, and nothing of the last blocks is.
  const first = gone.indexOf(false, 1);
  expect(gone).toEqual(gone.map((_, height) => height > 0 && height < first));
  expect(first).toBe(41);
  expect(BigInt(first)).toBeLessThanOrEqual(last + 5n - BigInt(keepBlocks) + 1n);
  for (let height = 1; height < first; height++) {
    const summary = await host.vm.call('GetStateSummary', {height: String(height)});
    expect(summary.err).toBe(VM_ERROR.notFound);
  }
  await host.restart();
  expect(await states()).toEqual(gone);
});

describe('a node that joins by the state', () => {
  it('takes it from several at a time, and is hurt by none who lies, keeps silent or talks nonsense', async () => {
    const {host: one} = await serverWith(2, 1500);
    const two = await copyOf(one);
    const liar = hostilePeer(idOf(3), madeUpLeaves);
    const silent = hostilePeer(idOf(4), () => undefined);
    const nonsense = hostilePeer(idOf(5), () => randomBytes(1_500_000));
    const oldStates = hostilePeer(idOf(6), ({type}) =>
      type === 'stateSubtree'
        ? encode(PeerAnswer, {type, value: {type: 'unknown', value: {}}})
        : undefined,
    );
    const hostile = [liar, silent, nonsense, oldStates];
    const {host: fresh} = await joiner([one, two], settings({stateSyncMinBlocks: 1}), hostile);
    await join(fresh);
    expect(await rootOf(fresh)).toBe(await rootOf(one));
    for (const server of [one, two]) expect(bytesServed(server)).toBeGreaterThan(300_000);
    // Found out once, a liar is left alone: it gets no more than the four questions of one moment.
    for (const {asked} of [liar, nonsense]) expect(asked.length).toBeLessThanOrEqual(4);
    const {stateSync, height} = (await healthOf(fresh)).health;
    const entries = (await stateEntries(fresh, 1)).length;
    expect(stateSync).toEqual({state: 'done', height, entries});
    expect(await syncMetrics(fresh)).toMatchObject({
      session_state_sync_running: 0,
      session_state_sync_height: Number(height),
      session_state_syncs_total: 1,
      session_state_sync_entries_total: entries,
    });
    const lies = (await syncMetrics(fresh))['session_state_sync_false_answers_total'];
    expect(lies).toBeGreaterThanOrEqual(1);
    // What it proves and what it knows of the past begin here.
    expect((await rpc(fresh, 'getProof', {keys: ['01']})).result).toMatchObject({
      height,
      stateRoot: await rootOf(one),
    });
    const {items} = (await rpc(fresh, 'listServiceNodes', {limit: 1})).result as {
      items: readonly {readonly nodeId: string}[];
    };
    const known = (await rpc(fresh, 'getMisses', {nodeId: items[0]?.nodeId})).result;
    expect(known).toEqual({items: [], knownFrom: String(BigInt(String(height)) + 1n)});
    const untouched = {state: 'none', height: '0', entries: 0};
    expect((await healthOf(one)).health['stateSync']).toEqual(untouched);
    await fresh.stopPlugin();
    const {spare, live} = {spare: await stateEntries(fresh, 0), live: await stateEntries(fresh, 1)};
    expect(live).toEqual(await stateEntries(one, 0));
    expect(spare).toEqual([]);
  });

  it('goes on with the others when one that has answered is killed in the middle', async () => {
    const {host: lives} = await serverWith(2, 1500);
    const dies = await copyOf(lives);
    const {host: fresh} = await joiner([lives, dies], settings({stateSyncMinBlocks: 1}));
    fresh.database.setFaults((method) => (method === 'WriteBatch' ? {delayMs: 40} : undefined));
    const joined = join(fresh);
    joined.catch(() => undefined);
    await waitFor(() => bytesServed(dies) > 0);
    await dies.kill('SIGKILL');
    expect((await healthOf(fresh)).health['stateSync']).not.toMatchObject({state: 'done'});
    await joined;
    expect(await rootOf(fresh)).toBe(await rootOf(lives));
    expect((await healthOf(fresh)).health['stateSync']).toMatchObject({state: 'done'});
  });

  it('goes on where kill -9 stopped it, with what it had, and forgets none of the old state before', async () => {
    const {host: server} = await serverWith(2, 2000);
    const {host: fresh} = await joiner([server], settings({stateSyncMinBlocks: 1}));
    const total = await wholeStateBytes(server);
    const before = await stateEntries(fresh, 0);
    let served = 0;
    for (const batches of [3, 4, 2]) {
      let left = batches;
      fresh.database.setFaults((method) => {
        if (method !== 'WriteBatch') return undefined;
        left -= 1;
        return left === 0 ? {killPlugin: 'after'} : undefined;
      });
      await expect(join(fresh)).rejects.toThrow();
      served += bytesServed(server);
      server.appSender.clear();
      fresh.database.setFaults(undefined);
      expect(await stateEntries(fresh, 0)).toEqual(before);
      await fresh.stopPlugin();
      await fresh.launch();
      expect((await fresh.initialize()).height).toBe('0');
      const {err, bytes} = await fresh.vm.call('GetOngoingSyncStateSummary', {});
      expect(err).toBe(VM_ERROR.none);
      expect(bytes).toEqual((await server.vm.call('GetLastStateSummary', {})).bytes);
      await connectHosts([server, fresh]);
    }
    const staged = (await stateEntries(fresh, 1)).length;
    expect(staged).toBeGreaterThan(1000);
    await join(fresh);
    expect(await rootOf(fresh)).toBe(await rootOf(server));
    // The last run did not fetch again what was kept: all runs together, little more than once.
    const last = bytesServed(server);
    expect(last).toBeLessThan(0.8 * total);
    expect(served + last).toBeLessThan(2.5 * total);
    expect((await fresh.vm.call('GetOngoingSyncStateSummary', {})).err).toBe(VM_ERROR.notFound);
  });

  it('turns to a newer summary and uses again what both states have', async () => {
    const {made, host: server} = await serverWith(2, 1500);
    const {host: fresh} = await joiner([server], settings({stateSyncMinBlocks: 1}));
    const agreed = await server.vm.call('GetLastStateSummary', {});
    await fresh.vm.call('SetState', {state: VM_STATE.stateSyncing});
    const {mode} = await fresh.vm.call('StateSummaryAccept', {bytes: agreed.bytes});
    expect(mode).toBe(SYNC_MODE.static);
    // The same again changes nothing; the event comes once, and stays until the next phase.
    await fresh.vm.call('StateSummaryAccept', {bytes: agreed.bytes});
    expect((await healthOf(fresh)).health['stateSync']).toMatchObject({
      height: String(made.chain.lastAccepted.block.height),
    });
    expect((await fresh.vm.call('WaitForEvent', {})).message).toBe(2);
    expect((await fresh.vm.call('WaitForEvent', {})).message).toBe(2);
    const head = await fresh.vm.call('SetState', {state: VM_STATE.bootstrapping});
    expect(head.height).toBe(String(made.chain.lastAccepted.block.height));
    expect(head.lastAcceptedId).toEqual(Buffer.from(made.chain.lastAccepted.block.id));
    // A synced node serves what it synced to.
    expect(await fresh.vm.call('GetLastStateSummary', {})).toEqual(agreed);
  });

  it('replays blocks when that is as good, and says so', async () => {
    const {host: server} = await serverWith(3);
    const {host: fresh} = await joiner([server]);
    const {bytes} = await server.vm.call('GetLastStateSummary', {});
    const {mode} = await fresh.vm.call('StateSummaryAccept', {bytes});
    expect(mode).toBe(SYNC_MODE.skipped);
    await join(fresh);
    expect(await rootOf(fresh)).toBe(await rootOf(server));
    expect((await fresh.vm.call('GetBlockIDAtHeight', {height: '1'})).err).toBe(VM_ERROR.none);
  });
});

/** A second validator with the same chain. */
async function copyOf(host: Host): Promise<Host> {
  const dataDir = await bench.folder();
  const {genesisBytes} = host.options;
  const entries = await databaseEntries(host);
  const level = await LevelStore.open(joinPath(dataDir, 'db'));
  const writes = [...entries].map(([key, value]) => ({
    type: 'put' as const,
    key: hexToBytes(key),
    value: hexToBytes(value),
  }));
  await level.batch(writes, {sync: false});
  await level.close();
  return bench.start({dataDir, genesisBytes, nodeId: idOf(2)});
}

/** What a host's plugin measures of its own state sync. */
async function syncMetrics(host: Host): Promise<Readonly<Record<string, number>>> {
  const {metricFamilies} = await host.vm.call('Gather', {});
  const values: Record<string, number> = {};
  for (const {name, metric} of metricFamilies) {
    const {gauge, counter} = (metric[0] ?? {}) as Record<string, {value: number} | undefined>;
    const value = gauge?.value ?? counter?.value;
    if (name.startsWith('session_state_sync') && value !== undefined) values[name] = value;
  }
  return values;
}

/** Keys and values of a host's state. */
async function wholeStateBytes(host: Host): Promise<number> {
  let bytes = 0;
  for (const entry of await stateEntries(host, 0)) bytes += entry.length / 2;
  return bytes;
}
