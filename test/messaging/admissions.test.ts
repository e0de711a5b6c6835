import {beforeEach, describe, expect, it} from 'vitest';
import {Admissions} from '../../src/messaging/admissions.ts';
import type {HistoryItem} from '../../src/messaging/history.ts';
import {toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const NOW_MS = 1_700_000_000_000;
const inbox = {account: toSessionId(new Uint8Array(33).fill(5)), namespace: 0};
const id = toHash(new Uint8Array(32).fill(1));
const REFUSED = 'MESSAGING_TOO_MANY_CHANGES';

let items: HistoryItem[];
let admissions: Admissions;
beforeEach(() => {
  items = [];
  const database = {changes: async () => items.length, history: async () => items};
  admissions = new Admissions({database, clock: {nowMs: () => NOW_MS}});
});

const coordinator = toNodeId(new Uint8Array(20).fill(1));
/** So long after the first of all, in ms, which lie before now. */
function add(type: 'store' | 'delete', atMs: number, ttlMs = 3_600_000): void {
  const clockMs = BigInt(NOW_MS - 10_000 + atMs);
  const expiryMs = clockMs + BigInt(ttlMs);
  const store = {type: 'store', value: {expiryMs, size: 1, dataHash: id}} as const;
  const change = type === 'store' ? store : ({type: 'delete', value: {}} as const);
  items.push({stamp: {clockMs, counter: 0, coordinator}, sinceMs: clockMs, id, change});
}

describe('what a coordinator admits', () => {
  it('counts what is under way, until it is over', async () => {
    const begun = await Promise.allSettled(
      Array.from({length: 300}, () => admissions.store(inbox, id)),
    );
    const admitted = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(admitted).toHaveLength(256);
    await expect(admissions.store(inbox, id)).rejects.toThrow(REFUSED);
    admitted[0]![Symbol.dispose]();
    const next = await admissions.store(inbox, id);
    await expect(admissions.store(inbox, id)).rejects.toThrow(REFUSED);
    for (const each of [...admitted.slice(1), next]) each[Symbol.dispose]();
    for (let left = 0; left < 256; left++) await admissions.store(inbox, id);
  });

  it('is no store behind 256 operations, but a delete', async () => {
    for (let count = 0; count < 255; count++) add('store', count);
    (await admissions.store(inbox, id))[Symbol.dispose]();
    add('delete', 255);
    await expect(admissions.store(inbox, id)).rejects.toThrow(REFUSED);
    for (let count = 0; count < 255; count++)
      (await admissions.delete(inbox, [id]))[Symbol.dispose]();
  });

  it('is behind 256 deletes only one of a record', async () => {
    for (let count = 0; count < 255; count++) add('delete', count);
    const last = await admissions.delete(inbox, [id]);
    await expect(admissions.delete(inbox, [id])).rejects.toThrow(REFUSED);
    last[Symbol.dispose]();
    add('delete', 255);
    await expect(admissions.delete(inbox, [id])).rejects.toThrow(REFUSED);
    items = [];
    // Each delete was over before the next store: the last one is a record.
    for (let atMs = 0; atMs < 256 * 5; atMs += 5) {
      add('store', atMs, 2);
      add('delete', atMs + 1);
    }
    add('store', 2000);
    await expect(admissions.delete(inbox, [id])).resolves.toBeDefined();
  });
});

it('a burst of strangers leaves room for the owner’s delete', async () => {
  const swarm = await LocalSwarm.start({members: 1});
  const bob = new LocalOwner(swarm);
  const stores = Array.from({length: 300}, (_, n) => {
    const params = bob.storeParams('the same', 0, 3_600_000n + BigInt(n));
    return swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
  });
  const ended = await Promise.allSettled(stores);
  const stored = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(stored.length).toBeLessThanOrEqual(256);
  await swarm.followUp();
  await bob.delete(0, [stored[0]!.id]);
  expect(await bob.read(0)).toEqual([]);
});
