import {expect, it} from 'vitest';
import {WatchHub} from '../../src/messaging/watch-hub.ts';
import {toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';

const account = toSessionId(new Uint8Array(33).fill(7));
const inbox = {account, namespace: 0};
const NEVER = new AbortController().signal;
const coordinator = toNodeId(new Uint8Array(20));
const id = toHash(new Uint8Array(32));
const recordAt = (clockMs: number) => ({
  stamp: {clockMs: BigInt(clockMs), counter: 0, coordinator},
  id,
  expiryMs: 1n,
  data: new Uint8Array(),
});

it('tells those who watch this namespace of this inbox, in order', async () => {
  const hub = new WatchHub();
  const watched = hub.watch(inbox, NEVER);
  hub.publish({...inbox, namespace: -1}, recordAt(1));
  for (const ms of [2, 3]) hub.publish(inbox, recordAt(ms));
  const records = watched.records[Symbol.asyncIterator]();
  expect((await records.next()).value).toEqual(recordAt(2));
  expect((await records.next()).value).toEqual(recordAt(3));
  watched.close();
  watched.close();
  expect([hub.count, hub.isWatched(inbox)]).toEqual([0, false]);
});

it('ends for who lags 256 records behind, after these', async () => {
  const hub = new WatchHub();
  const {records} = hub.watch(inbox, NEVER);
  for (let ms = 0; ms < 257; ms++) hub.publish(inbox, recordAt(ms));
  let count = 0;
  const read = async (): Promise<void> => {
    for await (const _ of records) count += 1;
  };
  await expect(read()).rejects.toThrow('MESSAGING_TOO_MANY_WATCHES');
  expect(count).toBe(256);
});

it('takes 10 000 watches, and another when one is closed', () => {
  const hub = new WatchHub();
  const all = Array.from({length: 10_000}, () => hub.watch(inbox, NEVER));
  expect(() => hub.watch(inbox, NEVER)).toThrow('MESSAGING_TOO_MANY_WATCHES');
  all[0]!.close();
  expect(() => hub.watch(inbox, NEVER)).not.toThrow();
});
