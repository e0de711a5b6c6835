import {beforeEach, describe, expect, it} from 'vitest';
import {HandOver} from '../../src/messaging/hand-over.ts';
import type {Holders} from '../../src/messaging/ports.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {SERVED, tableAt, UNSERVED} from './holders.ts';
import {recordStoreOn} from './local-swarm.ts';

let store: RecordStore;
beforeEach(() => {
  store = recordStoreOn(new MemoryStore());
});

/** Which swarms are let go by each of these tables, told one after the other. */
async function lettingGo(tables: readonly Holders[]): Promise<readonly (readonly number[])[]> {
  const handOver = await HandOver.open(store);
  const seen: number[][] = [];
  for (const table of tables) seen.push([...(await handOver.over(table)).keys()]);
  return seen;
}

describe('inboxes of other swarms', () => {
  it('are let go one epoch after the node has lost its seat among members that answered W', async () => {
    const tables = [tableAt(4, 0), tableAt(5, 0), tableAt(6, undefined), tableAt(7, undefined)];
    expect(await lettingGo(tables)).toEqual([[], [], [1], [0, 1]]);
  });

  it('are let go two epochs after a split: one in which the halves answer W, and one more', async () => {
    const whole = {swarmExponent: 0};
    const tables = [tableAt(4, 0, whole), tableAt(5, 0, whole)];
    const halves = [tableAt(6, 0), tableAt(7, 0), tableAt(8, 0)];
    expect(await lettingGo([...tables, ...halves])).toEqual([[], [], [], [], [1]]);
  });

  it('are never let go by a merge, and not while one is announced', async () => {
    const announced = {swarmExponent: 2, own: {swarmId: 1, sibling: 3}};
    const tables = [4, 5, 6, 7].map((at) => tableAt(at, 1, announced));
    const merged = [8, 9, 10, 11].map((at) => tableAt(at, 1));
    const seen = await lettingGo([...tables, ...merged]);
    expect(seen).toEqual([[], [], [0, 2], [0, 2], [], [], [0], [0]]);
  });

  it('stay while half of the members have not answered W, and one epoch longer', async () => {
    const waiting = {swarms: [UNSERVED, SERVED]};
    const tables = [tableAt(4, 0), tableAt(5, 0), tableAt(6, undefined, waiting)];
    const later = [tableAt(7, undefined, waiting), tableAt(8, undefined), tableAt(9, undefined)];
    expect(await lettingGo([...tables, ...later])).toEqual([[], [], [1], [1], [1], [0, 1]]);
  });

  it('stay when the members are gone again before the epoch is over', async () => {
    const waiting = {swarms: [UNSERVED, SERVED]};
    const tables = [tableAt(4, 0), tableAt(5, undefined), tableAt(6, undefined, waiting)];
    const later = [tableAt(7, undefined), tableAt(8, undefined)];
    const [, , , seventh, eighth] = await lettingGo([...tables, ...later]);
    expect([seventh, eighth]).toEqual([[1], [0, 1]]);
  });

  it('stay one epoch longer with members that began to serve without having answered', async () => {
    const restarted = {swarms: [{isServed: true, restartedAt: 6n}, SERVED]};
    const tables = [tableAt(4, 0), tableAt(5, 0), tableAt(6, undefined, restarted)];
    const later = [7, 8].map((at) => tableAt(at, undefined, restarted));
    expect(await lettingGo([...tables, ...later])).toEqual([[], [], [1], [1], [0, 1]]);
  });

  it('stay when the seat comes back; the count begins anew when it is lost again', async () => {
    const tables = [tableAt(4, 0), tableAt(5, undefined), tableAt(6, 0), tableAt(7, 0)];
    const later = [tableAt(8, undefined), tableAt(9, undefined)];
    const seen = await lettingGo([...tables, ...later]);
    expect(seen.map((swarms) => swarms.includes(0))).toEqual([...Array(5).fill(false), true]);
  });

  it('count epochs that were, not those that the chain skipped', async () => {
    const tables = [tableAt(4, 0), tableAt(5, 0), tableAt(6, undefined)];
    const skipped = tableAt(7, undefined, {epoch: 500n});
    expect(await lettingGo([...tables, skipped])).toEqual([[], [], [1], [0, 1]]);
    const halted = {epoch: 600n, swarmExponent: 2};
    expect(
      await lettingGo([tableAt(8, 0, halted), tableAt(9, 0, {...halted, epoch: 601n})]),
    ).toEqual([[], []]);
  });
});

describe('the count', () => {
  it('survives restarts, within an epoch and from one to the next', async () => {
    await lettingGo([tableAt(4, 0), tableAt(5, 0)]);
    expect(await lettingGo([tableAt(6, undefined)])).toEqual([[1]]);
    expect(await lettingGo([tableAt(6, undefined)])).toEqual([[1]]);
    expect(await lettingGo([tableAt(7, undefined)])).toEqual([[0, 1]]);
    expect(await lettingGo([tableAt(7, undefined)])).toEqual([[0, 1]]);
  });

  it('begins anew after an epoch whose table this node has not seen', async () => {
    await lettingGo([tableAt(4, 0), tableAt(5, undefined)]);
    const tables = [7, 8, 9].map((at) => tableAt(at, undefined));
    expect(await lettingGo(tables)).toEqual([[], [], [0, 1]]);
  });

  it('begins at the second table of a node that has counted nothing before', async () => {
    const tables = [4, 5, 6].map((at) => tableAt(at, undefined));
    expect(await lettingGo(tables)).toEqual([[], [], [0, 1]]);
  });

  it('takes no word of a chain that has fallen behind what was heard of it', async () => {
    const tables = [4, 5, 6].map((at) => tableAt(at, undefined));
    expect(await lettingGo([...tables, tableAt(5, undefined), tableAt(6, undefined)])).toEqual([
      [],
      [],
      [0, 1],
      [],
      [0, 1],
    ]);
  });

  it('is on disk before anything follows from it', async () => {
    await lettingGo([tableAt(4, 0), tableAt(5, undefined)]);
    const failing = {...store, write: () => Promise.reject(new Error('disk full'))};
    const handOver = await HandOver.open(failing);
    await expect(handOver.over(tableAt(6, undefined))).rejects.toThrow('disk full');
    expect(await lettingGo([tableAt(6, undefined)])).toEqual([[0, 1]]);
  });
});
