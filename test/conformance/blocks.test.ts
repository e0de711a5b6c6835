import {afterEach, describe, expect, it} from 'vitest';
import {VM_ERROR} from '../../src/devnet/host/vm-messages.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {quietGenesis, transfer} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, buildVerified, databaseDigest, feed, gossip} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
afterEach(() => bench.close());

const UNKNOWN_ID = new Uint8Array(32).fill(0xee);

describe('building', () => {
  it('23 BuildBlock: an error with nothing pending; else a child of the preference whose bytes parse to its id', async () => {
    const host = await bench.ready();
    await expect(host.vm.call('BuildBlock', {})).rejects.toMatchObject(
      refusal('BLOCK_NOTHING_TO_BUILD'),
    );
    await gossip(host, transfer(0n));
    const block = await host.vm.call('BuildBlock', {});
    expect(block.parentId).toEqual(host.head?.lastAcceptedId);
    expect(block.height).toBe('1');
    expect(Number(block.timestamp?.seconds)).toBeGreaterThan(0);
    const {bytes, ...described} = block;
    expect(await host.vm.call('ParseBlock', {bytes})).toEqual(described);
  });

  it('24 builds with a p_chain_height, with height 0 and without one; no block wants verify_with_context', async () => {
    const host = await bench.ready();
    await gossip(host, transfer(0n));
    for (const request of [{pChainHeight: '7'}, {pChainHeight: '0'}, {}]) {
      const {bytes, verifyWithContext} = await host.vm.call('BuildBlock', request);
      expect(verifyWithContext).toBe(false);
      expect((await host.vm.call('ParseBlock', {bytes})).verifyWithContext).toBe(false);
      await host.vm.call('BlockVerify', {bytes, ...request});
    }
  });

  it('37 builds on the preference: a verified block, the last accepted one, a sibling; an unknown id is refused', async () => {
    const genesisBytes = quietGenesis();
    const host = await bench.ready({genesisBytes});
    const maker = await BlockMaker.create(genesisBytes);
    const left = maker.make([transfer(0n, 1n)], 1000);
    maker.prefer(maker.genesisId);
    const right = maker.make([transfer(0n, 2n)], 2000);
    for (const {bytes} of [left, right]) await host.vm.call('BlockVerify', {bytes});
    await gossip(host, transfer(0n, 3n));
    for (const id of [maker.genesisId, left.id, maker.genesisId, right.id]) {
      await host.vm.call('SetPreference', {id});
      const isGenesis = id === maker.genesisId;
      // On either child the waiting transaction's nonce is spent.
      if (isGenesis) {
        const {parentId} = await host.vm.call('BuildBlock', {});
        expect(Buffer.from(parentId)).toEqual(Buffer.from(id));
      } else {
        await expect(host.vm.call('BuildBlock', {})).rejects.toMatchObject(refusal());
      }
    }
    await expect(host.vm.call('SetPreference', {id: UNKNOWN_ID})).rejects.toMatchObject(
      refusal('BLOCK_UNKNOWN'),
    );
    await gossip(host, transfer(1n));
    const {parentId} = await host.vm.call('BuildBlock', {});
    expect(Buffer.from(parentId)).toEqual(Buffer.from(right.id));
  });
});

describe('reading', () => {
  it('26 ParseBlock has no side effects: the block is not found, the database and the preference are as before', async () => {
    const genesisBytes = quietGenesis();
    const host = await bench.ready({genesisBytes});
    const maker = await BlockMaker.create(genesisBytes);
    const {id, bytes} = maker.make([transfer(0n)], 1000);
    const before = await databaseDigest(host);
    expect(Buffer.from((await host.vm.call('ParseBlock', {bytes})).id)).toEqual(Buffer.from(id));
    expect((await host.vm.call('GetBlock', {id})).err).toBe(VM_ERROR.notFound);
    expect(await databaseDigest(host)).toBe(before);
    await gossip(host, transfer(0n, 5n));
    const built = await host.vm.call('BuildBlock', {});
    expect(built.parentId).toEqual(host.head?.lastAcceptedId);
  });

  it('27 BatchedParseBlock keeps count and order; one bad element is an error; an empty list is answered empty', async () => {
    const genesisBytes = quietGenesis();
    const host = await bench.ready({genesisBytes});
    const maker = await BlockMaker.create(genesisBytes);
    const blocks = [0, 1, 2].map((n) => maker.make([transfer(BigInt(n))], 1000 * (n + 1)));
    const order = [2, 0, 1, 0].map((n) => blocks[n]!);
    const request = order.map(({bytes}) => bytes);
    const {response} = await host.vm.call('BatchedParseBlock', {request});
    expect(response.map(({id}) => bytesToHex(id))).toEqual(order.map(({id}) => bytesToHex(id)));
    const withBad = [...request, Uint8Array.of(1, 2, 3)];
    await expect(host.vm.call('BatchedParseBlock', {request: withBad})).rejects.toMatchObject(
      refusal('BLOCK_MALFORMED'),
    );
    expect(await host.vm.call('BatchedParseBlock', {request: []})).toEqual({response: []});
  });

  it('28 GetBlock: an unknown id is OK with err 2, a short id an error; genesis, accepted and verified blocks come back byte for byte', async () => {
    const host = await bench.ready();
    const unknown = await host.vm.call('GetBlock', {id: UNKNOWN_ID});
    expect(unknown).toMatchObject({err: VM_ERROR.notFound, bytes: Buffer.alloc(0)});
    await expect(host.vm.call('GetBlock', {id: new Uint8Array(31)})).rejects.toMatchObject(
      refusal('CODEC_WRONG_LENGTH'),
    );
    await gossip(host, transfer(0n), transfer(1n));
    const accepted = await buildVerified(host);
    await host.vm.call('BlockAccept', {id: accepted.id});
    await gossip(host, transfer(2n));
    const verified = await buildVerified(host);
    const {lastAcceptedId: id, lastAcceptedParentId: parentId, ...rest} = host.head!;
    for (const block of [{id, parentId, verifyWithContext: false, ...rest}, accepted, verified]) {
      const {id: asked, ...expected} = block;
      expect(await host.vm.call('GetBlock', {id: asked})).toEqual({...expected, err: 0});
    }
  });

  it('40 GetAncestors honours number, size and time; the first block always comes; zero and negative limits do not fail', async () => {
    const genesisBytes = quietGenesis();
    let delayMs = 0;
    const host = await bench.ready({
      genesisBytes,
      onDatabaseCall: (method) => (method === 'Get' && delayMs > 0 ? {delayMs} : undefined),
    });
    const maker = await BlockMaker.create(genesisBytes);
    const blocks = Array.from({length: 12}, (_, n) =>
      maker.make([transfer(BigInt(n))], 1000 * (n + 1)),
    );
    await feed(host, blocks);
    const newestFirst = blocks.map(({bytes}) => bytesToHex(bytes)).reverse();
    const ask = async (changes: object = {}) => {
      const request = {
        blkId: blocks.at(-1)!.id,
        maxBlocksNum: 100,
        maxBlocksSize: 1_677_721,
        maxBlocksRetrivalTime: '10000000000',
        ...changes,
      };
      const {blksBytes} = await host.vm.call('GetAncestors', request);
      return blksBytes.map((bytes) => bytesToHex(bytes));
    };
    // All twelve and genesis.
    expect((await ask()).slice(0, -1)).toEqual(newestFirst);
    expect(await ask({blkId: UNKNOWN_ID})).toEqual([]);
    expect(await ask({maxBlocksNum: 5})).toEqual(newestFirst.slice(0, 5));
    const three = newestFirst.slice(0, 3).reduce((sum, hex) => sum + hex.length / 2 + 4, 0);
    expect(await ask({maxBlocksSize: three})).toEqual(newestFirst.slice(0, 3));
    expect(await ask({maxBlocksSize: three - 1})).toEqual(newestFirst.slice(0, 2));
    for (const limit of [0, -1, -2_147_483_648]) {
      expect(await ask({maxBlocksNum: limit})).toEqual(newestFirst.slice(0, 1));
      expect(await ask({maxBlocksSize: limit})).toEqual(newestFirst.slice(0, 1));
      expect(await ask({maxBlocksRetrivalTime: String(limit)})).toEqual(newestFirst.slice(0, 1));
    }
    expect(await ask({maxBlocksSize: 1})).toEqual(newestFirst.slice(0, 1));
    delayMs = 30;
    const inTime = await ask({maxBlocksRetrivalTime: '100000000'});
    expect(inTime).toEqual(newestFirst.slice(0, inTime.length));
    expect(inTime.length).toBeGreaterThan(1);
    expect(inTime.length).toBeLessThan(8);
  });
});
