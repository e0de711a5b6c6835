import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type DatabaseServer, startDatabaseServer} from '../../src/devnet/host/database-server.ts';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import {createUnaryClient, type UnaryClient} from '../../src/devnet/host/unary-client.ts';
import {MemoryStore} from '../../src/storage/memory.ts';

let database: DatabaseServer;
let client: UnaryClient;

beforeEach(async () => {
  const killPlugin = (): Promise<void> => Promise.resolve();
  database = await startDatabaseServer({store: new MemoryStore(), killPlugin});
  client = createUnaryClient(database.server.address, SERVICES.database);
});
afterEach(async () => {
  client.close();
  await database.server.stop();
});

const key = (text: string): Uint8Array => Buffer.from(text);
type Chunk = {data: {key: Buffer; value: Buffer}[]};
const next = async (id: string): Promise<Chunk> =>
  (await client.call('IteratorNext', {id})) as Chunk;
const open = async (start: string, prefix: string): Promise<string> => {
  const range = {start: key(start), prefix: key(prefix)};
  const {id} = (await client.call('NewIteratorWithStartAndPrefix', range)) as {id: string};
  return id;
};

describe('rpcdb', () => {
  it('tells a missing key from an empty value', async () => {
    await client.call('Put', {key: key('a'), value: key('')});
    expect(await client.call('Get', {key: key('a')})).toEqual({value: key(''), err: 0});
    expect(await client.call('Get', {key: key('b')})).toMatchObject({err: 2});
    expect(await client.call('Has', {key: key('b')})).toEqual({has: false, err: 0});
    expect(await client.call('Delete', {key: key('b')})).toEqual({err: 0});
  });

  it('applies puts of a batch before its deletes', async () => {
    const puts = [{key: key('a'), value: key('1')}];
    await client.call('WriteBatch', {puts, deletes: [{key: key('a')}]});
    expect(await client.call('Has', {key: key('a')})).toMatchObject({has: false});
  });

  it('walks a prefix in order, in chunks of 128 KiB, over a snapshot', async () => {
    const name = (index: number): string => `p${String(index).padStart(5, '0')}`;
    const value = Buffer.alloc(94);
    const puts = Array.from({length: 5_000}, (_, index) => ({key: key(name(index)), value}));
    await client.call('WriteBatch', {puts: [...puts, {key: key('q'), value}]});
    const id = await open(name(10), 'p');
    await client.call('WriteBatch', {puts: [{key: key('p99999'), value}]});
    const keys: string[] = [];
    const sizes: number[] = [];
    for (;;) {
      const {data} = await next(id);
      if (data.length === 0) break;
      keys.push(...data.map((entry) => entry.key.toString()));
      sizes.push(data.length);
    }
    expect(keys).toEqual(Array.from({length: 4_990}, (_, index) => name(index + 10)));
    expect(sizes.slice(0, -1).every((size) => size === Math.ceil((128 * 1024) / 100))).toBe(true);
    expect(await client.call('IteratorError', {id})).toEqual({err: 0});
  });

  it('counts iterators, from id 0, each released once', async () => {
    expect([await open('', ''), await open('', '')]).toEqual(['0', '1']);
    await client.call('IteratorRelease', {id: '0'});
    await client.call('IteratorRelease', {id: '0'});
    expect(database.iterators()).toEqual({created: 2, released: 1});
    await expect(next('0')).rejects.toMatchObject({code: 'DEVNET_CALL'});
    await database.releaseIterators();
    expect(database.iterators()).toEqual({created: 2, released: 2});
  });

  it('answers what a fault says, without the effect', async () => {
    database.setFaults((method, n) => {
      if (method !== 'Put') return undefined;
      return n === 1 ? {answer: 'closed'} : {fail: 'no'};
    });
    expect(await client.call('Put', {key: key('a'), value: key('1')})).toEqual({err: 1});
    const failed = client.call('Put', {key: key('a'), value: key('1')});
    await expect(failed).rejects.toMatchObject({details: {status: 'UNKNOWN'}});
    database.setFaults(undefined);
    expect(await client.call('Has', {key: key('a')})).toMatchObject({has: false});
    expect(database.calls()).toMatchObject({Put: 2, Has: 1});
  });
});
