import {setImmediate} from 'node:timers/promises';
import {describe, expect, it, vi} from 'vitest';
import {ReceiptDesk} from '../../src/messaging/receipt-desk.ts';
import {toChainId, toHash, toNodeId, toSessionId, toSignature} from '../../src/protocol/bytes.ts';
import type {Receipt, SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {MAX_RECEIPTS_PER_SIGNATURE} from '../../src/protocol/overlay/receipt.ts';

const nodeId = toNodeId(new Uint8Array(20));
const signature = toSignature(new Uint8Array(3309));

const receiptOf = (counter: number): Receipt => ({
  networkId: 1,
  chainId: toChainId(new Uint8Array(32)),
  nodeId,
  swarmId: 0,
  swarmExponent: 0,
  epoch: 1n,
  account: toSessionId(new Uint8Array(33)),
  namespace: 0,
  id: toHash(new Uint8Array(32)),
  stamp: {clockMs: 1n, counter, coordinator: nodeId},
  expiryMs: 2n,
});

const ALONE = {isGathered: false};
const GATHERED = {isGathered: true};

/** A desk, and how many receipts each of its signatures covered. */
function openDesk(fails: () => boolean = () => false) {
  const counts: number[] = [];
  const desk = new ReceiptDesk(
    async (receipts) => {
      if (fails()) throw new Error('no key');
      counts.push(receipts.length);
      const count = receipts.length;
      return receipts.map((receipt, index) => ({receipt, index, count, path: [], signature}));
    },
    (action) => void globalThis.setImmediate(action),
  );
  return {desk, counts};
}

describe('the receipt desk', () => {
  it('signs at once when nothing is under way', async () => {
    const {desk, counts} = openDesk();
    let signed: SignedReceipt | undefined;
    void desk.issue(receiptOf(0), ALONE).then((each) => {
      signed = each;
    });
    await setImmediate();
    await setImmediate();
    expect(signed?.receipt.stamp.counter).toBe(0);
    expect(counts).toEqual([1]);
  });

  it('signs while the only write is under way', async () => {
    const {desk, counts} = openDesk();
    const disk = Promise.withResolvers<void>();
    const write = desk.during(() => disk.promise);
    const issued = desk.issue(receiptOf(0), ALONE);
    await issued;
    expect(counts).toEqual([1]);
    disk.resolve();
    await write;
    await setImmediate();
    expect(counts).toEqual([1]);
  });

  it('lets a receipt wait for other writes that are under way: one signature for all, each its own', async () => {
    const {desk, counts} = openDesk();
    const disks = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const writes = disks.map(({promise}) => desk.during(() => promise));
    const answers = disks.map((_, index) => desk.issue(receiptOf(index), ALONE));
    await setImmediate();
    expect(counts).toEqual([]);
    for (const {resolve} of disks) {
      resolve();
      await setImmediate();
    }
    const signed = await Promise.all(answers);
    await Promise.all(writes);
    expect(signed.map(({receipt}) => receipt.stamp.counter)).toEqual([0, 1, 2]);
    expect(signed.map(({index, count}) => [index, count])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    expect(counts).toEqual([3]);
    // Others will come along soon after: as long as the disk works, there is time for them.
    const disk = Promise.withResolvers<void>();
    const write = desk.during(() => disk.promise);
    const issued = desk.issue(receiptOf(3), ALONE);
    await setImmediate();
    expect(counts).toEqual([3]);
    disk.resolve();
    await Promise.all([write, issued]);
    expect(counts).toEqual([3, 1]);
  });

  it('signs for those that were gathered once all have come, while the disk works', async () => {
    const {desk, counts} = openDesk();
    const disks = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const writes = disks.map(({promise}) => desk.during(() => promise));
    const first = [0, 1].map((index) => desk.issue(receiptOf(index), GATHERED));
    await setImmediate();
    expect(counts).toEqual([]);
    const last = desk.issue(receiptOf(2), GATHERED);
    await setImmediate();
    await setImmediate();
    expect(counts).toEqual([3]);
    await Promise.all([...first, last]);
    // One that was not gathered waits for the disk, as before.
    disks[0]?.resolve();
    disks[1]?.resolve();
    await setImmediate();
    const other = desk.issue(receiptOf(3), ALONE);
    await setImmediate();
    expect(counts).toEqual([3]);
    disks[2]?.resolve();
    await Promise.all([...writes, other]);
    expect(counts).toEqual([3, 1]);
  });

  it('goes on as before when one of those that wait was not gathered', async () => {
    const {desk, counts} = openDesk();
    await Promise.all([desk.issue(receiptOf(0), ALONE), desk.issue(receiptOf(1), ALONE)]);
    const disk = Promise.withResolvers<void>();
    const writes = [1, 2].map(() => desk.during(() => disk.promise));
    for (const [first, second] of [
      [ALONE, GATHERED],
      [GATHERED, ALONE],
    ] as const) {
      const issued = [desk.issue(receiptOf(2), first), desk.issue(receiptOf(3), second)];
      await setImmediate();
      await setImmediate();
      expect(counts).toHaveLength(1);
      await Promise.all(issued); // In 20 ms, as the disk takes long.
      counts.length = 1;
    }
    disk.resolve();
    await Promise.all(writes);
  });

  it('waits no longer than 20 ms for a write that takes long', async () => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
    try {
      const {desk, counts} = openDesk();
      const endless = Promise.withResolvers<void>();
      const writes = [1, 2].map(() => desk.during(() => endless.promise));
      const issued = desk.issue(receiptOf(0), ALONE);
      await vi.advanceTimersByTimeAsync(19);
      expect(counts).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(counts).toEqual([1]);
      await issued;
      endless.resolve();
      await Promise.all(writes);
      await vi.advanceTimersByTimeAsync(30);
      expect(counts).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not wait for a write that failed', async () => {
    const {desk, counts} = openDesk();
    const failing = Promise.withResolvers<void>();
    const endless = Promise.withResolvers<void>();
    const write = desk.during(() => failing.promise);
    const other = desk.during(() => endless.promise);
    const issued = desk.issue(receiptOf(0), ALONE);
    failing.reject(new Error('disk'));
    await expect(write).rejects.toThrow('disk');
    await setImmediate();
    expect(counts).toEqual([1]);
    await issued;
    endless.resolve();
    await other;
  });

  it('tells all of a batch that cannot be signed, and signs the next', async () => {
    let isLocked = true;
    const {desk, counts} = openDesk(() => isLocked);
    const refused = [desk.issue(receiptOf(0), ALONE), desk.issue(receiptOf(1), ALONE)];
    for (const each of refused) await expect(each).rejects.toThrow('no key');
    isLocked = false;
    await desk.issue(receiptOf(2), ALONE);
    expect(counts).toEqual([1]);
  });

  it('makes several signatures of more receipts than one may cover', async () => {
    const {desk, counts} = openDesk();
    const count = MAX_RECEIPTS_PER_SIGNATURE + 1;
    await Promise.all(
      Array.from({length: count}, (_, index) => desk.issue(receiptOf(index % 9), ALONE)),
    );
    expect(counts).toEqual([MAX_RECEIPTS_PER_SIGNATURE, 1]);
  });
});
