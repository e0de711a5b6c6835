import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type DatabaseServer, startDatabaseServer} from '../../src/devnet/host/database-server.ts';
import {NodeDatabase} from '../../src/plugin/grpc/database.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {describeStore} from '../compliance/kv.ts';

const start = (): Promise<DatabaseServer> =>
  startDatabaseServer({
    store: new MemoryStore(),
    onDatabaseCall: undefined,
    killPlugin: async () => undefined,
  });

describeStore('the node, over gRPC', async () => {
  const server = await start();
  const store = NodeDatabase.connect(server.server.address);
  return {
    store,
    async dispose() {
      await store.close();
      await server.server.stop();
    },
  };
});

describe('the node database after a failure', () => {
  let server: DatabaseServer;
  let database: NodeDatabase;
  beforeEach(async () => {
    server = await start();
    database = NodeDatabase.connect(server.server.address);
  });
  afterEach(async () => {
    await database.close();
    await server.server.stop();
  });

  it('is unusable for good, because nobody knows what was written', async () => {
    const put = {type: 'put', key: utf8ToBytes('a'), value: utf8ToBytes('b')} as const;
    server.setFaults((method) => (method === 'WriteBatch' ? {fail: 'disk on fire'} : undefined));
    await expect(database.batch([put])).rejects.toMatchObject({code: 'STORAGE_FAILED'});
    server.setFaults(undefined);
    await expect(database.batch([put])).rejects.toMatchObject({code: 'STORAGE_FAILED'});
    await expect(database.get(put.key)).rejects.toMatchObject({code: 'STORAGE_FAILED'});
    expect(database.failure?.code).toBe('STORAGE_FAILED');
  });

  it('is unusable after an answer that the method does not have, but not when it is closed', async () => {
    const put = {type: 'put', key: utf8ToBytes('a'), value: utf8ToBytes('b')} as const;
    server.setFaults(() => ({answer: 'closed'}));
    await expect(database.batch([put])).rejects.toMatchObject({code: 'STORAGE_CLOSED'});
    server.setFaults((method) => (method === 'WriteBatch' ? {answer: 'notFound'} : undefined));
    expect(await database.get(put.key)).toBeUndefined();
    await expect(database.batch([put])).rejects.toMatchObject({code: 'STORAGE_FAILED'});
    server.setFaults(undefined);
    const failed = {code: 'STORAGE_FAILED', details: {method: 'WriteBatch', err: 2}};
    await expect(database.get(put.key)).rejects.toMatchObject(failed);
    await expect(database.batch([put])).rejects.toBe(database.failure);
  });

  it('releases every iterator exactly once', async () => {
    const writes = Array.from({length: 5000}, (_, i) => ({
      type: 'put' as const,
      key: utf8ToBytes(`key ${String(i).padStart(6, '0')}`),
      value: new Uint8Array(100),
    }));
    await database.batch(writes);
    let seen = 0;
    for await (const _entry of database.iterate()) seen += 1;
    for await (const _entry of database.iterate()) break;
    expect(seen).toBe(5000);
    expect(server.iterators()).toMatchObject({created: 2, released: 2});
  });
});
