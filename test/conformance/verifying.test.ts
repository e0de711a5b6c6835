import {randomBytes} from 'node:crypto';
import {afterEach, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {VM_ERROR} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {bytesToHex, toBlockId, ZERO_HASH} from '../../src/protocol/bytes.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {MAX_BLOCK_BYTES} from '../../src/protocol/chain/limits.ts';
import {decode} from '../../src/protocol/codec.ts';
import {quietGenesis, transfer} from '../plugin/harness.ts';
import {altered, BlockMaker} from './block-maker.ts';
import {Bench, databaseDigest, feed, gaugeOf, stateRootOf} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
afterEach(() => bench.close());

/** Offset of the number of transactions: version, parent, height, time, root come before. */
const COUNT_AT = 2 + 32 + 8 + 8 + 32;

const residentBytes = (host: Host): Promise<number> =>
  gaugeOf(host, 'process_resident_memory_bytes');

function withU32(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}

/** Blocks in the place of transactions, as deep as the size allows. */
function nested(bytes: Uint8Array): Uint8Array {
  let inner = bytes;
  while (inner.length < 60_000) inner = altered(bytes, {txs: [inner]});
  return inner;
}

it('25 ParseBlock refuses malformed bytes of every kind, in bounded memory', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const {bytes} = maker.make([transfer(0n)], 1000);
  const malformed: Readonly<Record<string, Uint8Array>> = {
    'empty bytes': new Uint8Array(),
    'random bytes': randomBytes(4096),
    'many random bytes': randomBytes(4_000_000),
    'one more byte': Buffer.concat([bytes, Uint8Array.of(0)]),
    'one byte less': bytes.subarray(0, -1),
    'half of it': bytes.subarray(0, bytes.length / 2),
    'the header alone': bytes.subarray(0, COUNT_AT),
    'another version': Uint8Array.of(bytes[0]!, bytes[1]! + 1, ...bytes.subarray(2)),
    'a count of 4 G': withU32(bytes, COUNT_AT, 0xffff_ffff),
    'a length of 4 GiB': withU32(bytes, COUNT_AT + 4, 0xffff_ffff),
    'the same transaction twice': altered(bytes, {txs: [...txsOf(bytes), ...txsOf(bytes)]}),
    'deep nesting': nested(bytes),
  };
  const before = await residentBytes(host);
  for (const [name, bad] of Object.entries(malformed)) {
    for (let round = 0; round < 20; round++) {
      await expect(host.vm.call('ParseBlock', {bytes: bad}), name).rejects.toMatchObject(
        refusal('BLOCK_'),
      );
    }
  }
  expect((await residentBytes(host)) - before).toBeLessThan(150_000_000);
  expect(Buffer.from((await host.vm.call('ParseBlock', {bytes})).id)).toEqual(
    Buffer.from(sha256(bytes)),
  );
});

function txsOf(bytes: Uint8Array): Uint8Array[] {
  return [...decode(Block, bytes).txs];
}

it('29 BlockVerify takes bytes that this process has never parsed', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const {id, bytes, timestamp} = maker.make([transfer(0n)], 1000);
  const answer = await host.vm.call('BlockVerify', {bytes});
  expect(answer.timestamp?.seconds).toBe((timestamp / 1000n).toString());
  expect((await host.vm.call('GetBlock', {id})).err).toBe(VM_ERROR.none);
});

it('30 BlockVerify refuses each kind of wrong block and forgets it; a valid sibling is still verified', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const first = maker.make([transfer(0n)], 10_000);
  await feed(host, [first]);
  const good = maker.make([transfer(1n)], 20_000);
  const at = (seconds: number): Uint8Array => {
    maker.prefer(first.id);
    const block = maker.make([transfer(1n)], seconds * 1000);
    return block.bytes;
  };
  const [tx] = txsOf(good.bytes);
  const forged = Uint8Array.from(tx!);
  forged[forged.length - 100]! ^= 1;
  const bytes = good.bytes;
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['unknown parent', altered(bytes, {parentId: toBlockId(ZERO_HASH)}), 'BLOCK_MISSING_PARENT'],
    ['height too high', altered(bytes, {height: 3n}), 'BLOCK_WRONG_HEIGHT'],
    ['height too low', altered(bytes, {height: 1n}), 'BLOCK_WRONG_HEIGHT'],
    // 100 s old genesis, and at most 10 s ahead.
    ['too far ahead', at(115), 'BLOCK_TOO_FAR_AHEAD'],
    ['before its parent', altered(bytes, {timestamp: first.timestamp - 1n}), 'BLOCK_TOO_EARLY'],
    ['as old as its parent', altered(bytes, {timestamp: first.timestamp}), 'BLOCK_TOO_EARLY'],
    ['oversized', Buffer.concat([bytes, new Uint8Array(MAX_BLOCK_BYTES)]), 'BLOCK_MALFORMED'],
    ['forged signature', altered(bytes, {txs: [forged]}), 'TX_INVALID_SIGNATURE'],
    ['wrong nonce', altered(bytes, {txs: [transfer(5n)]}), 'TX_WRONG_NONCE'],
    ['replayed', altered(bytes, {txs: txsOf(first.bytes)}), 'TX_'],
    ['empty before its time', altered(bytes, {txs: []}), 'BLOCK_EMPTY'],
    ['wrong state root', altered(bytes, {stateRoot: ZERO_HASH}), 'BLOCK_WRONG_STATE_ROOT'],
  ];
  const before = await databaseDigest(host);
  for (const [name, bad, text] of cases) {
    const verify = host.vm.call('BlockVerify', {bytes: bad});
    await expect(verify, name).rejects.toMatchObject(refusal(text));
    expect((await host.vm.call('GetBlock', {id: sha256(bad)})).err, name).toBe(VM_ERROR.notFound);
  }
  expect(await databaseDigest(host)).toBe(before);
  await feed(host, [good]);
  expect((await host.vm.call('GetBlockIDAtHeight', {height: '2'})).err).toBe(VM_ERROR.none);
});

it('31 verifies a block twice with one copy of its state, and an accepted block again without harm', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const [one, two] = [0, 1].map((n) => maker.make([transfer(BigInt(n))], 1000 * (n + 1)));
  const first = await host.vm.call('BlockVerify', {bytes: one!.bytes});
  expect(await host.vm.call('BlockVerify', {bytes: one!.bytes})).toEqual(first);
  expect(await gaugeOf(host, 'session_processing_blocks')).toBe(1);
  await host.vm.call('BlockAccept', {id: one!.id});
  const [digest, root] = [await databaseDigest(host), await stateRootOf(host)];
  expect(await host.vm.call('BlockVerify', {bytes: one!.bytes})).toEqual(first);
  await feed(host, [two!]);
  const later = await databaseDigest(host);
  // An older one is no child of the last accepted block any more; whatever is said, nothing moves.
  await host.vm.call('BlockVerify', {bytes: one!.bytes}).catch(() => undefined);
  await host.vm.call('BlockVerify', {bytes: host.head!.bytes}).catch(() => undefined);
  expect(await databaseDigest(host)).toBe(later);
  expect(later).not.toBe(digest);
  expect(await stateRootOf(host)).not.toBe(root);
  await host.restart();
  expect(Buffer.from(host.head!.lastAcceptedId)).toEqual(Buffer.from(two!.id));
});

it('32 accepts one of two branches three deep and rejects the other: the state is that of the winner alone', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  const winnerOnly = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  const branch = (amount: bigint) => {
    maker.prefer(maker.genesisId);
    return [0n, 1n, 2n].map((nonce) =>
      maker.make([transfer(nonce, amount)], 1000 * Number(nonce + 1n)),
    );
  };
  const [winner, loser] = [branch(5n), branch(7n)];
  for (const {bytes} of [...loser, ...winner]) await host.vm.call('BlockVerify', {bytes});
  for (const {id} of winner) await host.vm.call('BlockAccept', {id});
  for (const {id} of loser) await host.vm.call('BlockReject', {id});
  await feed(winnerOnly, winner);
  expect(await databaseDigest(host)).toBe(await databaseDigest(winnerOnly));
  expect(await stateRootOf(host)).toBe(`0x${bytesToHex(winner[2]!.stateRoot)}`);
  expect(await stateRootOf(host)).toBe(await stateRootOf(winnerOnly));
  for (const {id} of loser) {
    expect((await host.vm.call('GetBlock', {id})).err).toBe(VM_ERROR.notFound);
  }
  const {bytes} = winner[2]!;
  expect((await host.vm.call('GetBlock', {id: winner[2]!.id})).bytes).toEqual(Buffer.from(bytes));
});
