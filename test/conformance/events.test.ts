import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {VM_MESSAGE, VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {issue, transfer, waitFor} from '../plugin/harness.ts';
import {HoldingsReader, WATCHED_PROGRAM} from './event-probe.ts';
import {Bench, buildVerified, fastest, gossip, isPending, median, timed} from './harness.ts';
import {refusal} from './refusal.ts';
import {readFields} from './wire.ts';

const bench = new Bench();
afterEach(() => bench.close());

const waitForEvent = (host: Host, signal?: AbortSignal) =>
  host.vm.call('WaitForEvent', {}, signal === undefined ? {} : {signal});

/** Builds, verifies and accepts: what waited is done. */
async function acceptOne(host: Host): Promise<void> {
  const {id} = await buildVerified(host);
  await host.vm.call('SetPreference', {id});
  await host.vm.call('BlockAccept', {id});
}

/** How long it still takes to be told of work, in ms. */
async function answeredMs(waiting: ReturnType<typeof waitForEvent>): Promise<number> {
  const {value, ms} = await timed(() => waiting);
  expect(value.message).toBe(VM_MESSAGE.buildBlock);
  return ms;
}

const SETTLED_MS = 200;
const CANCELLED = {code: 'DEVNET_CALL', details: expect.objectContaining({status: 'CANCELLED'})};

describe('waiting', () => {
  const quiet = new Bench();
  let host: Host;
  let startedAt = 0;
  let first: Promise<{readonly message: number}>;

  beforeAll(async () => {
    host = await quiet.start({stage: 'initialized'});
    await host.openRoutes();
    await host.run();
    // The host's own loop would build at once.
    await host.engine?.stop();
    startedAt = performance.now();
    first = waitForEvent(host);
    first.catch(() => undefined);
  });
  afterAll(() => quiet.close());

  it('43 a cancelled WaitForEvent frees its handler within 100 ms and loses no event; 1 000 rounds leave nothing behind', async () => {
    const reader = new HoldingsReader();
    const watched = await bench.ready({plugin: WATCHED_PROGRAM, onOutput: reader.onOutput});
    const {process} = watched.session;
    const holdings = () => reader.ask((name) => process.signal(name));
    const cancelOne = async (): Promise<void> => {
      const abort = new AbortController();
      const waiting = waitForEvent(watched, abort.signal);
      await watched.vm.call('Version', {});
      abort.abort();
      await expect(waiting).rejects.toMatchObject(CANCELLED);
    };
    const timers = async () => (await holdings()).resources['Timeout'] ?? 0;
    for (let round = 0; round < 200; round++) await cancelOne();
    await sleep(SETTLED_MS);
    const idle = await timers();
    const freed = fastest(async () => {
      const abort = new AbortController();
      const cancelled = expect(waitForEvent(watched, abort.signal)).rejects.toMatchObject(
        CANCELLED,
      );
      await watched.vm.call('Version', {});
      expect(await timers()).toBe(idle + 1);
      abort.abort();
      const {ms} = await timed(() => waitFor(async () => (await timers()) === idle));
      await cancelled;
      return ms;
    });
    expect(await freed).toBeLessThan(100);

    const before = await holdings();
    for (let round = 0; round < 1000; round++) await cancelOne();
    await sleep(SETTLED_MS);
    const after = await holdings();
    expect(after.resources).toEqual(before.resources);
    expect(after.heap - before.heap).toBeLessThan(2_000_000);
    expect(process.output()).not.toContain('MaxListeners');

    await gossip(watched, transfer(0n));
    const answered: number[] = [];
    for (let round = 0; round < 20; round++) {
      const stopped = new AbortController();
      const lost = waitForEvent(watched, stopped.signal).catch(() => undefined);
      stopped.abort();
      await lost;
      const {value, ms} = await timed(() => waitForEvent(watched));
      expect(value.message).toBe(VM_MESSAGE.buildBlock);
      answered.push(ms);
    }
    expect(median(answered)).toBeLessThan(100);
  });

  it('44 is served before SetState and twice at a time, before Initialize too; no answer carries message 0', async () => {
    const early = await bench.start({stage: 'handshake'});
    const calls = [1, 2].map(() => early.vm.callRaw('WaitForEvent', new Uint8Array()));
    await early.initialize();
    calls.push(early.vm.callRaw('WaitForEvent', new Uint8Array()));
    const all = Promise.all(calls);
    expect(await isPending(all, 300)).toBe(true);
    await gossip(early, transfer(0n));
    await early.vm.call('SetState', {state: VM_STATE.normalOp});
    for (const answer of await all) {
      expect(readFields(answer)).toEqual([{number: 1, value: BigInt(VM_MESSAGE.buildBlock)}]);
    }
  });

  it('45 blocks again when the work is in an accepted block', async () => {
    const busy = await bench.ready();
    await gossip(busy, transfer(0n));
    expect((await waitForEvent(busy)).message).toBe(VM_MESSAGE.buildBlock);
    await acceptOne(busy);
    const next = waitForEvent(busy);
    expect(await isPending(next, 2000)).toBe(true);
    await gossip(busy, transfer(1n));
    expect((await next).message).toBe(VM_MESSAGE.buildBlock);
  });

  it('46 an open WaitForEvent ends with an error at Shutdown, which does not wait for it', async () => {
    const shutdown = fastest(async () => {
      const ending = await bench.ready();
      const waiting = waitForEvent(ending);
      const ended = expect(waiting).rejects.toMatchObject(refusal('PLUGIN_STOPPED'));
      await ending.vm.call('Version', {});
      const {ms} = await timed(() => ending.vm.call('Shutdown', {}));
      await ended;
      return ms;
    });
    expect(await shutdown).toBeLessThan(1000);
  });

  it('42 blocks for 60 s with nothing pending, and returns 1 within 100 ms of work by HTTP and by gossip', async () => {
    const left = 60_000 - (performance.now() - startedAt);
    expect(await isPending(first, Math.max(1, left))).toBe(true);
    let [waiting, nonce] = [first, 0n];
    const byHttp = fastest(async () => {
      expect((await issue(host, transfer(nonce++))).result).toHaveProperty('txId');
      const ms = await answeredMs(waiting);
      await acceptOne(host);
      waiting = waitForEvent(host);
      expect(await isPending(waiting, 300)).toBe(true);
      return ms;
    });
    expect(await byHttp).toBeLessThan(100);

    const other = await bench.ready();
    nonce = 0n;
    const byGossip = fastest(async () => {
      const told = waitForEvent(other);
      expect(await isPending(told, 300)).toBe(true);
      await gossip(other, transfer(nonce++));
      const ms = await answeredMs(told);
      await acceptOne(other);
      return ms;
    });
    expect(await byGossip).toBeLessThan(100);
  });
});
