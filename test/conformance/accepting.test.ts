import {afterEach, expect, it} from 'vitest';
import {VM_ERROR, VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import {quietGenesis, transfer} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, buildVerified, databaseDigest, feed, gossip, stateRootOf} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
afterEach(() => bench.close());

const UNKNOWN_ID = new Uint8Array(32).fill(0xee);

it('33 refuses to accept an unknown block or one whose parent is not accepted, and to reject an unknown one; nothing is written', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const first = maker.make([transfer(0n)], 1000);
  const second = maker.make([transfer(1n)], 2000);
  for (const {bytes} of [first, second]) await host.vm.call('BlockVerify', {bytes});
  const before = await databaseDigest(host);
  const refused = (method: 'BlockAccept' | 'BlockReject', id: Uint8Array, text: string) =>
    expect(host.vm.call(method, {id})).rejects.toMatchObject(refusal(text));
  await refused('BlockAccept', UNKNOWN_ID, 'BLOCK_UNKNOWN');
  await refused('BlockReject', UNKNOWN_ID, 'BLOCK_UNKNOWN');
  await refused('BlockAccept', second.id, 'BLOCK_NOT_NEXT');
  expect(await databaseDigest(host)).toBe(before);
  await host.vm.call('BlockAccept', {id: first.id});
  await host.vm.call('BlockAccept', {id: second.id});
  const head = await host.vm.call('SetState', {state: VM_STATE.normalOp});
  expect(head.height).toBe('2');
});

it('34 knows the height of an accepted block at once, and not the next; after kill -9 at this moment it is last accepted', async () => {
  const host = await bench.ready();
  await gossip(host, transfer(0n));
  const {id, bytes} = await buildVerified(host);
  await host.vm.call('BlockAccept', {id});
  const atHeight = (height: string) => host.vm.call('GetBlockIDAtHeight', {height});
  expect(await atHeight('1')).toEqual({blkId: id, err: 0});
  expect(await atHeight('0')).toEqual({blkId: host.head?.lastAcceptedId, err: 0});
  expect((await atHeight('2')).err).toBe(VM_ERROR.notFound);
  expect((await atHeight('18446744073709551615')).err).toBe(VM_ERROR.notFound);
  await host.kill('SIGKILL');
  await host.start();
  expect(host.head).toMatchObject({lastAcceptedId: id, bytes});
});

it('35 kill -9 during BlockAccept leaves the state before it or after it, never mixed', async () => {
  for (const moment of ['before', 'after', 'before', 'after'] as const) {
    const genesisBytes = quietGenesis();
    const host = await bench.ready({genesisBytes});
    const twin = await bench.ready({genesisBytes});
    const maker = await BlockMaker.create(genesisBytes);
    const block = maker.make([transfer(0n)], 1000);
    const before = await databaseDigest(host);
    await feed(twin, [block]);
    await host.vm.call('BlockVerify', {bytes: block.bytes});
    host.database.setFaults((method) =>
      method === 'WriteBatch' ? {delayMs: 20, killPlugin: moment} : undefined,
    );
    await expect(host.vm.call('BlockAccept', {id: block.id})).rejects.toThrow();
    host.database.setFaults(undefined);
    await host.kill();
    const isAfter = moment === 'after';
    expect(await databaseDigest(host)).toBe(isAfter ? await databaseDigest(twin) : before);
    await host.start();
    expect(host.head?.height).toBe(isAfter ? '1' : '0');
    if (isAfter) expect(host.head?.bytes).toEqual(Buffer.from(block.bytes));
  }
});

it('36 a database error on the accept batch: the accept fails, nothing moves in memory or on disk, Health and later accepts fail', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const [first, second] = [0, 1].map((n) => maker.make([transfer(BigInt(n))], 1000 * (n + 1)));
  await feed(host, [first!]);
  await host.vm.call('BlockVerify', {bytes: second!.bytes});
  const before = await databaseDigest(host);
  const root = await stateRootOf(host);
  host.database.setFaults((method) =>
    method === 'WriteBatch' ? {fail: 'the disk is full'} : undefined,
  );
  const accept = () => host.vm.call('BlockAccept', {id: second!.id});
  await expect(accept()).rejects.toMatchObject(refusal('CHAIN_STORE_FAILED'));
  host.database.setFaults(undefined);
  await expect(accept()).rejects.toMatchObject(refusal('CHAIN_STORE_FAILED'));
  await expect(host.vm.call('Health', {})).rejects.toMatchObject(refusal('PLUGIN_UNHEALTHY'));
  const head = await host.vm.call('SetState', {state: VM_STATE.normalOp});
  expect(Buffer.from(head.lastAcceptedId)).toEqual(Buffer.from(first!.id));
  expect(await databaseDigest(host)).toBe(before);
  await host.restart();
  expect(host.head?.height).toBe('1');
  expect(await stateRootOf(host)).toBe(root);
});

it('38 SetState returns the last accepted block, may be repeated, and refuses 0 and 99', async () => {
  const host = await bench.ready();
  await gossip(host, transfer(0n));
  const {id, bytes, parentId, timestamp} = await buildVerified(host);
  await host.vm.call('BlockAccept', {id});
  const head = {
    lastAcceptedId: id,
    lastAcceptedParentId: parentId,
    height: '1',
    bytes,
    timestamp,
  };
  const {bootstrapping, normalOp} = VM_STATE;
  for (const state of [bootstrapping, bootstrapping, normalOp, normalOp, bootstrapping]) {
    expect(await host.vm.call('SetState', {state})).toEqual(head);
  }
  for (const state of [0, 99]) {
    await expect(host.vm.call('SetState', {state})).rejects.toMatchObject(refusal());
  }
  expect(await host.vm.call('SetState', {state: normalOp})).toEqual(head);
});
