import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {DutyLedger} from '../../src/daemon/duty-ledger.ts';
import {toChainId, toNodeId} from '../../src/protocol/bytes.ts';
import type {WriteOptions} from '../../src/storage/kv.ts';
import {LevelStore} from '../../src/storage/level.ts';

const IDENTITY = {
  chainId: toChainId(new Uint8Array(32).fill(1)),
  nodeId: toNodeId(new Uint8Array(20).fill(2)),
};
const DUTY = {epoch: 5n, kind: 'storageCommitment', revision: 0} as const;
const TX = new Uint8Array([1, 2, 3]);

let folder: string;
let store: LevelStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-ledger-'));
  store = await LevelStore.open(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, {recursive: true});
});

describe('DutyLedger', () => {
  it('knows after a restart what was signed and revealed', async () => {
    await new DutyLedger(store, IDENTITY).record(DUTY, TX, 41);
    await store.close();
    store = await LevelStore.open(folder);
    const ledger = new DutyLedger(store, IDENTITY);
    expect(await ledger.get(DUTY)).toEqual(TX);
    expect(await ledger.lowestReveal()).toBe(41);
    expect(await ledger.takenOver()).toBeUndefined();
  });

  it('waits for the disk before it says that a duty is recorded', async () => {
    const options: WriteOptions[] = [];
    const batch = store.batch.bind(store);
    store.batch = (writes, given) => {
      options.push(given);
      return batch(writes, given);
    };
    await new DutyLedger(store, IDENTITY).record(DUTY, TX, 41);
    expect(options).toEqual([{sync: true}]);
  });

  it('never lets a second transaction replace the first', async () => {
    const ledger = new DutyLedger(store, IDENTITY);
    await ledger.record(DUTY, TX, 41);
    await ledger.record(DUTY, TX, 41);
    const other = ledger.record(DUTY, new Uint8Array([9]), 40);
    await expect(other).rejects.toMatchObject({code: 'DAEMON_ALREADY_SIGNED', details: DUTY});
    expect(await ledger.get(DUTY)).toEqual(TX);
    expect(await ledger.lowestReveal()).toBe(41);
  });

  it('keeps kinds, revisions, epochs, nodes and chains apart', async () => {
    const ledger = new DutyLedger(store, IDENTITY);
    await ledger.record(DUTY, TX);
    expect(await ledger.get({...DUTY, revision: 1})).toBeUndefined();
    expect(await ledger.get({...DUTY, kind: 'uptimeResponse'})).toBeUndefined();
    expect(await ledger.get({...DUTY, epoch: 6n})).toBeUndefined();
    const node = {...IDENTITY, nodeId: toNodeId(new Uint8Array(20).fill(3))};
    expect(await new DutyLedger(store, node).get(DUTY)).toBeUndefined();
    const chain = {...IDENTITY, chainId: toChainId(new Uint8Array(32).fill(3))};
    expect(await new DutyLedger(store, chain).get(DUTY)).toBeUndefined();
  });

  it('forgets old epochs only', async () => {
    const ledger = new DutyLedger(store, IDENTITY);
    const revisions = [0, 1] as const;
    for (const epoch of [3n, 4n, 5n]) {
      for (const revision of revisions) await ledger.record({...DUTY, epoch, revision}, TX, 9);
      await ledger.record({epoch, kind: 'uptimeResponse', revision: 0}, TX);
    }
    await ledger.prune(5n);
    for (const revision of revisions) {
      expect(await ledger.get({...DUTY, epoch: 4n, revision})).toBeUndefined();
      expect(await ledger.get({...DUTY, epoch: 5n, revision})).toEqual(TX);
    }
    expect(await ledger.get({epoch: 4n, kind: 'uptimeResponse', revision: 0})).toBeUndefined();
    expect(await ledger.get({epoch: 5n, kind: 'uptimeResponse', revision: 0})).toEqual(TX);
    expect(await ledger.lowestReveal()).toBe(9);
  });

  it('remembers from which epoch on it took over', async () => {
    const ledger = new DutyLedger(store, IDENTITY);
    await ledger.takeOver(7n, 33);
    expect(await ledger.takenOver()).toBe(7n);
    expect(await ledger.lowestReveal()).toBe(33);
  });
});
