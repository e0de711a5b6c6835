import {randomInt} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, it} from 'vitest';
import type {DatabaseFault} from '../../src/devnet/host/database-faults.ts';
import type {Host} from '../../src/devnet/host.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import {quietGenesis, transfer, waitFor} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, databaseDigest, feed} from './harness.ts';
import {isAlive, startNodeProcess} from './node-process.ts';

const bench = new Bench();
afterEach(() => bench.close());

const PLUGIN_KILLS = 100;
const HOST_KILLS = 20;
const MAX_DELAY_MS = 12;
const LEAST_OF_EACH = 20;

type Outcome = 'before' | 'after';

/** A chain of blocks made elsewhere, one at a time: the same one until it is accepted. */
class Supply {
  readonly #maker: BlockMaker;
  #next: ParsedBlock | undefined;
  #nonce = 0n;

  constructor(maker: BlockMaker) {
    this.#maker = maker;
  }

  get height(): bigint {
    return this.#nonce;
  }

  next(): ParsedBlock {
    // Four a second from genesis on: all in the past.
    this.#next ??= this.#maker.make([transfer(this.#nonce)], 400 * (Number(this.#nonce) + 1));
    return this.#next;
  }

  accepted(): void {
    this.#maker.accept(this.next().id);
    this.#next = undefined;
    this.#nonce += 1n;
  }
}

/**
 * One way to die during an accept: by the database, just before or after the batch takes effect and
 * late by a random time, or by a timer that knows nothing of the database.
 */
type Death = {readonly fault: DatabaseFault | undefined; readonly killAfterMs: number | undefined};

function deathOf(round: number): Death {
  const delayMs = randomInt(MAX_DELAY_MS);
  if (round % 3 === 0) return {fault: {delayMs, killPlugin: 'before'}, killAfterMs: undefined};
  if (round % 3 === 1) return {fault: {delayMs, killPlugin: 'after'}, killAfterMs: undefined};
  return {fault: undefined, killAfterMs: randomInt(MAX_DELAY_MS / 2)};
}

async function dieDuringAccept(host: Host, {id, bytes}: ParsedBlock, death: Death): Promise<void> {
  await host.vm.call('BlockVerify', {bytes});
  host.database.setFaults((method) => (method === 'WriteBatch' ? death.fault : undefined));
  const accepting = host.vm.call('BlockAccept', {id}).catch(() => undefined);
  if (death.killAfterMs !== undefined) {
    await sleep(death.killAfterMs);
    host.session.process.signal('SIGKILL');
  }
  await accepting;
  await host.kill();
  host.database.setFaults(undefined);
}

it('35 kill -9 of the plugin during accept, 100 times, with the database late at random: before or after, never mixed', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  // Sees the same blocks, and is never killed: its database is what "after" has to be.
  const twin = await bench.ready({genesisBytes});
  const supply = new Supply(await BlockMaker.create(genesisBytes));
  const outcomes: Record<Outcome, number> = {before: 0, after: 0};
  let last = Buffer.from(host.head!.bytes);
  for (let round = 0; round < PLUGIN_KILLS; round++) {
    const block = supply.next();
    const before = await databaseDigest(twin);
    await dieDuringAccept(host, block, deathOf(round));
    const digest = await databaseDigest(host);
    const outcome: Outcome = digest === before ? 'before' : 'after';
    if (outcome === 'after') {
      await feed(twin, [block]);
      supply.accepted();
      last = Buffer.from(block.bytes);
    }
    expect(digest).toBe(await databaseDigest(twin));
    outcomes[outcome]++;
    await host.start();
    expect(host.head?.height).toBe(supply.height.toString());
    expect(last.equals(host.head!.bytes)).toBe(true);
    expect(await databaseDigest(host)).toBe(digest);
  }
  console.log(`plugin killed ${PLUGIN_KILLS} times:`, outcomes);
  expect(outcomes.before).toBeGreaterThanOrEqual(LEAST_OF_EACH);
  expect(outcomes.after).toBeGreaterThanOrEqual(LEAST_OF_EACH);
});

it('35 kill -9 of the whole node during accept, 20 times: what it acknowledged is there, byte for byte', async () => {
  const genesisBytes = quietGenesis();
  const dataDir = await bench.folder();
  const supply = new Supply(await BlockMaker.create(genesisBytes));
  const outcomes: Record<Outcome, number> = {before: 0, after: 0};
  const plugins: number[] = [];
  const accepted: ParsedBlock[] = [];
  let node = await startNodeProcess({dataDir, genesisBytes, delayMs: MAX_DELAY_MS});
  let last = node.head;
  for (let round = 0; round < HOST_KILLS; round++) {
    const block = supply.next();
    plugins.push(node.pluginPid);
    await node.startAccept(block.bytes);
    const answer = node.acceptAnswer();
    await sleep(randomInt(2 * MAX_DELAY_MS));
    await node.kill();
    const isAcknowledged = (await answer) === 'accepted';
    node = await startNodeProcess({dataDir, genesisBytes, delayMs: MAX_DELAY_MS});
    const isAfter = Buffer.from(block.bytes).equals(node.head);
    if (isAcknowledged) expect(isAfter).toBe(true);
    if (isAfter) {
      supply.accepted();
      accepted.push(block);
      last = block.bytes;
    }
    outcomes[isAfter ? 'after' : 'before']++;
    expect(bytesToHex(node.head)).toBe(bytesToHex(last));
  }
  plugins.push(node.pluginPid);
  await node.kill();
  await waitFor(() => !plugins.some(isAlive));
  console.log(`node killed ${HOST_KILLS} times:`, outcomes);
  expect(outcomes.before + outcomes.after).toBe(HOST_KILLS);
  // One more life, beside a node that was never killed.
  const host = await bench.start({genesisBytes, dataDir, stage: 'initialized'});
  expect(host.head?.height).toBe(supply.height.toString());
  const twin = await bench.ready({genesisBytes});
  await feed(twin, accepted);
  expect(await databaseDigest(host)).toBe(await databaseDigest(twin));
});
