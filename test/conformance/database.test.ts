import {afterEach, describe, expect, it} from 'vitest';
import type {DatabaseFault, DatabaseMethod} from '../../src/devnet/host/database-faults.ts';
import {type DatabaseServer, startDatabaseServer} from '../../src/devnet/host/database-server.ts';
import {NodeDatabase} from '../../src/plugin/grpc/database.ts';
import {bytesToHex, toAddress} from '../../src/protocol/bytes.ts';
import {createGenesis} from '../../src/protocol/chain/genesis.ts';
import type {Entry, WriteOperation} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {quietGenesis, transfer} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, feed, gossip} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await bench.close();
});

type Faults = Partial<Record<DatabaseMethod, DatabaseFault>>;
type Rig = {
  readonly store: MemoryStore;
  readonly host: DatabaseServer;
  readonly client: NodeDatabase;
};

/** The plugin's client on a host's database server, over a real socket. */
async function createRig(faults: Faults = {}): Promise<Rig> {
  const store = new MemoryStore();
  const host = await startDatabaseServer({
    store,
    onDatabaseCall: (method) => faults[method],
    killPlugin: async () => undefined,
  });
  const client = NodeDatabase.connect(host.server.address);
  cleanups.push(async () => {
    await client.close();
    await host.server.stop();
  });
  return {store, host, client};
}

const KEYS = 10_000;
/** 100 bytes that sort by n. */
function keyAt(n: number): Uint8Array {
  const key = new Uint8Array(100);
  new DataView(key.buffer).setUint32(0, n);
  return key;
}

async function fill({store}: Rig): Promise<void> {
  const writes = Array.from(
    {length: KEYS},
    (_, n): WriteOperation => ({type: 'put', key: keyAt(n), value: keyAt(n).subarray(0, 4)}),
  );
  await store.batch(writes);
}

async function collect(entries: AsyncIterable<Entry>, limit = KEYS): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) {
    found.push(entry);
    if (found.length >= limit) break;
  }
  return found;
}

describe('iterators', () => {
  it('52 walks 10 000 keys of 100 bytes in several calls and in order; each iterator is released exactly once, also early and on errors', async () => {
    const faults: Faults = {};
    const rig = await createRig(faults);
    await fill(rig);
    const all = await collect(rig.client.iterate(), KEYS + 1);
    expect(all.map(([key]) => Buffer.from(key).readUInt32BE())).toEqual([...all.keys()]);
    expect(all).toHaveLength(KEYS);
    expect(rig.host.calls().IteratorNext).toBeGreaterThan(5);
    expect(rig.host.iterators()).toEqual({created: 1, released: 1});
    expect(rig.host.calls().IteratorRelease).toBe(1);

    expect(await collect(rig.client.iterate(), 3)).toHaveLength(3);
    expect(rig.host.iterators()).toEqual({created: 2, released: 2});

    faults.IteratorNext = {fail: 'the disk is gone'};
    await expect(collect(rig.client.iterate())).rejects.toMatchObject({code: 'STORAGE_FAILED'});
    expect(rig.host.iterators()).toEqual({created: 3, released: 3});
    expect(rig.host.calls().IteratorRelease).toBe(3);
  });

  it('52 the plugin releases what it opened: reading 10 000 accounts back, on foreign data, on an error', async () => {
    const allocations = Array.from({length: KEYS}, (_, n) => ({
      address: toAddress(Uint8Array.from([...Buffer.from(`a${n}`.padEnd(20))])),
      amount: 1n,
    }));
    const timestamp = Math.floor(Date.now() / 1000) - 100;
    const genesisBytes = createGenesis({preset: 'lux', timestamp, allocations});
    const host = await bench.start({stage: 'initialized', genesisBytes});
    await host.stopPlugin();
    await host.start();
    expect(host.head?.height).toBe('0');
    // About 600 kB of accounts.
    expect(host.database.calls().IteratorNext).toBeGreaterThan(3);
    const {created, released} = host.database.iterators();
    expect(created).toBeGreaterThan(0);
    expect(released).toBe(created);

    await host.stopPlugin();
    host.database.setFaults((method) => (method === 'IteratorNext' ? {fail: 'gone'} : undefined));
    await expect(host.start()).rejects.toMatchObject(refusal('STORAGE_FAILED'));
    expect(host.database.iterators()).toEqual({created: created + 1, released: created + 1});

    const foreign = await bench.start({stage: 'handshake'});
    const writer = NodeDatabase.connect(foreign.database.server.address);
    await writer.batch([{type: 'put', key: Uint8Array.of(0x55), value: Uint8Array.of(1)}]);
    await writer.close();
    await expect(foreign.initialize()).rejects.toMatchObject(refusal('CHAIN_STORE_FOREIGN_DATA'));
    expect(foreign.database.iterators()).toEqual({created: 1, released: 1});
  });
});

describe('reading and writing', () => {
  it('53 sends the last operation on each key of a batch', async () => {
    const {client, store} = await createRig();
    const [a, b, c] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    const value = Uint8Array.of(9);
    const read = async (key: Uint8Array) => bytesToHex((await store.get(key)) ?? new Uint8Array());
    await store.batch([{type: 'put', key: c, value: Uint8Array.of(1)}]);
    await client.batch([
      {type: 'put', key: a, value},
      {type: 'delete', key: a},
      {type: 'put', key: b, value},
      {type: 'delete', key: c},
      {type: 'put', key: c, value},
    ]);
    expect(await store.has(a)).toBe(false);
    expect([await read(b), await read(c)]).toEqual(['09', '09']);
  });

  it('54 takes missing keys as an ordinary answer and surfaces a closed database as closed', async () => {
    const faults: Faults = {};
    const {client} = await createRig(faults);
    expect(await client.get(Uint8Array.of(1))).toBeUndefined();
    expect(await client.has(Uint8Array.of(1))).toBe(false);
    expect(client.failure).toBeUndefined();
    for (const method of ['Get', 'Has', 'WriteBatch'] as const) faults[method] = {answer: 'closed'};
    const closed = {code: 'STORAGE_CLOSED'};
    await expect(client.get(Uint8Array.of(1))).rejects.toMatchObject(closed);
    await expect(client.has(Uint8Array.of(1))).rejects.toMatchObject(closed);
    await expect(client.batch([])).rejects.toMatchObject(closed);
    const onDatabaseCall = (): DatabaseFault => ({answer: 'closed'});
    const starting = bench.start({stage: 'initialized', onDatabaseCall});
    await expect(starting).rejects.toMatchObject(refusal('STORAGE_CLOSED'));
  });

  it('55 values of 8 MiB pass both ways, and blocks beyond 4 MiB in one request and in one answer', async () => {
    const {client, store} = await createRig();
    const [key, value] = [Uint8Array.of(1), new Uint8Array(8 * 1024 * 1024).fill(7)];
    await client.batch([{type: 'put', key, value}]);
    expect(Buffer.from((await store.get(key))!).equals(value)).toBe(true);
    expect(Buffer.from((await client.get(key))!).equals(value)).toBe(true);
    expect((await collect(client.iterate()))[0]?.[1]).toHaveLength(value.length);

    const genesisBytes = quietGenesis();
    const host = await bench.ready({genesisBytes});
    const maker = await BlockMaker.create(genesisBytes);
    const blocks = [];
    for (let n = 0; n < 22; n++) {
      const txs = Array.from({length: 60}, (_, index) => transfer(BigInt(60 * n + index)));
      const block = maker.make(txs, 1000 * (n + 1));
      maker.accept(block.id);
      blocks.push(block);
    }
    await feed(host, blocks);
    const {blksBytes} = await host.vm.call('GetAncestors', {
      blkId: blocks.at(-1)!.id,
      maxBlocksNum: 100,
      maxBlocksSize: 2_147_483_647,
      maxBlocksRetrivalTime: '10000000000',
    });
    expect(blksBytes.reduce((sum, {length}) => sum + length, 0)).toBeGreaterThan(4_194_304);
    expect(blksBytes).toHaveLength(23);
    const parsed = await host.vm.call('BatchedParseBlock', {request: blksBytes});
    expect(parsed.response).toHaveLength(23);
  });

  it('56 the plugin never closes the database, in a whole life with restarts', async () => {
    const host = await bench.start();
    await gossip(host, transfer(0n));
    await host.restart();
    await host.stopPlugin();
    await host.launch();
    await host.vm.call('Shutdown', {});
    await host.stopPlugin();
    expect(host.database.calls().Get).toBeGreaterThan(0);
    expect(host.database.calls().Close).toBe(0);
  });
});
