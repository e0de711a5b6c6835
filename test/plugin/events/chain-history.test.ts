import {describe, expect, it} from 'vitest';
import type {ChainHistory} from '../../../src/plugin/events/chain-history.ts';
import {cursorFromString, placeAfter} from '../../../src/plugin/events/cursor.ts';
import type {Acceptance} from '../../../src/plugin/events/derive-events.ts';
import {eventView} from '../../../src/plugin/events/event-view.ts';
import type {MemoryStore} from '../../../src/storage/memory.ts';
import {testAccount, testNode} from '../../vm/driver.ts';
import {feedHistory, openHistory, RecordedDriver} from './recorded-driver.ts';

const owner = testAccount('owner');

/** So many blocks with a transfer each, after one with a thousand events' worth of registrations. */
function chain(blocks: number): readonly Acceptance[] {
  const driver = new RecordedDriver({accounts: [owner]});
  const to = testAccount('other').address;
  for (let i = 1; i <= blocks; i++)
    driver.block(driver.at(i * 50), [driver.transfer(owner, to, 1n)]);
  return driver.acceptances;
}

async function cursorsAfter(history: ChainHistory, cursor: string): Promise<string[]> {
  const cursors: string[] = [];
  let place = placeAfter(cursorFromString(cursor));
  for (;;) {
    const {events, next} = await history.read(place);
    cursors.push(...events.map((event) => eventView(event).cursor));
    if (events.length === 0 && next === place) return cursors;
    place = next;
  }
}

async function keysOf(store: MemoryStore): Promise<number> {
  let count = 0;
  for await (const [key] of store.iterate()) if (key[0] === 0x51) count += 1;
  return count;
}

const acceptances = chain(300);
const heights = (from: number, to: number): string[] =>
  Array.from({length: to - from + 1}, (_, i) => `${from + i}/0`);
const only = (cursors: readonly string[]): string[] => cursors.filter((c) => c.endsWith('/0'));

describe('ChainHistory', () => {
  it('gives every event after a cursor, from memory and from the disk', async () => {
    const {history, store} = await openHistory(acceptances);
    expect(only(await cursorsAfter(history, '0/0'))).toEqual(heights(1, 300));
    const reopened = await openHistory([], {store, lastAccepted: 300n});
    const all = await cursorsAfter(reopened.history, '0/0');
    expect(all).toEqual(await cursorsAfter(history, '0/0'));
    for (const at of [0, 1, 17, all.length - 2]) {
      expect(await cursorsAfter(reopened.history, all[at]!)).toEqual(all.slice(at + 1));
    }
    expect(await cursorsAfter(reopened.history, '299/4294967295')).toEqual(['300/0']);
    expect(await cursorsAfter(reopened.history, '299/77')).toEqual(['300/0']);
    expect(await cursorsAfter(reopened.history, '300/0')).toEqual([]);
    expect(await cursorsAfter(reopened.history, '9999/0')).toEqual([]);
  });

  it('forgets old blocks, and says which is the oldest that it has', async () => {
    const {history, store} = await openHistory(acceptances, {eventBlocks: 100});
    expect(await keysOf(store)).toBeLessThanOrEqual(100 + 128);
    const {history: reopened} = await openHistory([], {
      store,
      eventBlocks: 100,
      lastAccepted: 300n,
    });
    const refusal = {
      code: 'API_CURSOR_TOO_OLD',
      details: {oldest: '201/0', after: '200/4294967295'},
    };
    await expect(cursorsAfter(reopened, '199/0')).rejects.toMatchObject(refusal);
    expect(await cursorsAfter(reopened, '200/4294967295')).toEqual(heights(201, 300));
    // Whoever follows closely is served from memory all the same.
    expect(only(await cursorsAfter(history, '10/0'))).toEqual(heights(11, 300));
  });

  it('keeps none on the disk when told so', async () => {
    const {history, store} = await openHistory(acceptances, {eventBlocks: 0});
    expect(await keysOf(store)).toBe(0);
    expect(only(await cursorsAfter(history, '0/0'))).toEqual(heights(1, 300));
    const {history: reopened} = await openHistory([], {store, eventBlocks: 0, lastAccepted: 300n});
    await expect(cursorsAfter(reopened, '299/0')).rejects.toMatchObject({
      code: 'API_CURSOR_TOO_OLD',
    });
    expect(await cursorsAfter(reopened, '300/4294967295')).toEqual([]);
  });

  it('begins anew when blocks came in without it', async () => {
    const {store} = await openHistory(acceptances.slice(0, 100));
    const {history} = await openHistory(acceptances.slice(200), {store, lastAccepted: 200n});
    await expect(cursorsAfter(history, '50/0')).rejects.toMatchObject({code: 'API_CURSOR_TOO_OLD'});
    expect(only(await cursorsAfter(history, '200/4294967295'))).toEqual(heights(201, 300));
    expect(history.missesFrom).toBe(201n);
    const skipped = await openHistory(acceptances.slice(0, 100));
    await feedHistory(skipped, acceptances.slice(200));
    expect(skipped.history.eventsFrom).toBe(201n);
  });

  it('knows nothing of the blocks that a state sync has passed over', async () => {
    const world = await openHistory(acceptances.slice(0, 100));
    const {history} = world;
    let told = 0;
    history.subscribe(() => {
      told += 1;
    });
    history.jump(200n);
    expect(told).toBe(1);
    expect([history.eventsFrom, history.missesFrom]).toEqual([201n, 201n]);
    expect(history.end).toEqual({height: 201n, index: 0});
    // Whoever was told of all blocks before must not take the silence for no events.
    await expect(cursorsAfter(history, '100/4294967295')).rejects.toMatchObject({
      code: 'API_CURSOR_TOO_OLD',
      details: {oldest: '201/0', after: '200/4294967295'},
    });
    expect(await cursorsAfter(history, '200/4294967295')).toEqual([]);
    await feedHistory(world, acceptances.slice(200));
    expect(only(await cursorsAfter(history, '200/4294967295'))).toEqual(heights(201, 300));
    expect(history.missesFrom).toBe(201n);
  });

  it('tells listeners of each block until they end it', async () => {
    const world = await openHistory(acceptances.slice(0, 1));
    let told = 0;
    const end = world.history.subscribe(() => {
      told += 1;
    });
    await feedHistory(world, acceptances.slice(1, 4));
    end();
    await feedHistory(world, acceptances.slice(4, 6));
    expect(told).toBe(3);
  });
});

describe('misses', () => {
  const nodes = ['a', 'b'].map(testNode);
  const driver = new RecordedDriver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  for (let epoch = 2; epoch < 9; epoch++) {
    const here = epoch % 2 === 0 ? nodes : nodes.slice(0, 1);
    driver.runEpoch(epoch, {committing: here, answering: here});
  }
  driver.block(driver.inEpoch(9));
  const [good, bad] = nodes.map(({nodeId}) => nodeId);

  it('are kept by node, newest first, in pages', async () => {
    const {history} = await openHistory(driver.acceptances);
    const all = await history.misses({nodeId: bad!, limit: 100});
    expect(all.isLast).toBe(true);
    expect(all.misses).toMatchObject([
      {epoch: 7n, reasons: 3, burned: 500_000n, paidByCredit: false, excused: false},
      {epoch: 5n, reasons: 3},
      {epoch: 3n, reasons: 3},
    ]);
    for (const {epoch, height} of all.misses) {
      const block = driver.blocks.find((other) => other.height === height)!;
      expect(block.timestamp).toBe(driver.inEpoch(Number(epoch) + 1));
    }
    const first = await history.misses({nodeId: bad!, limit: 2});
    expect(first).toEqual({misses: all.misses.slice(0, 2), isLast: false});
    const second = await history.misses({nodeId: bad!, limit: 2, before: 5n});
    expect(second).toEqual({misses: all.misses.slice(2), isLast: true});
    expect(await history.misses({nodeId: good!, limit: 2})).toEqual({misses: [], isLast: true});
    expect(await history.misses({nodeId: bad!, limit: 2, before: 0n})).toMatchObject({misses: []});
  });
});
