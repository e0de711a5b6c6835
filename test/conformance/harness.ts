import {createHash} from 'node:crypto';
import process from 'node:process';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import type {HostOptions} from '../../src/devnet/host/host-options.ts';
import {createUnaryClient} from '../../src/devnet/host/unary-client.ts';
import {type BuiltBlock, VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {GossipMessage} from '../../src/plugin/gossip-message.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {Bench as PluginBench} from '../plugin/harness.ts';
import {MAIN} from '../program.ts';

/** The whole program as a node starts it: the variable of the engine, and no argument. */
export const PROGRAM = {path: process.execPath, args: [MAIN]};

/** A peer of the own node. */
export const PEER = new Uint8Array(20).fill(9);

/** Hosts and folders of one test file, with the whole program as their plugin. */
export class Bench extends PluginBench {
  override start(changes: Partial<HostOptions> = {}): Promise<Host> {
    return super.start({plugin: PROGRAM, ...changes});
  }

  /** A chain in normal operation whose calls the test makes itself: no block loop runs. */
  async ready(changes: Partial<HostOptions> = {}): Promise<Host> {
    const host = await this.start({stage: 'initialized', ...changes});
    await host.vm.call('SetState', {state: VM_STATE.normalOp});
    return host;
  }
}

/** A peer tells of transactions; they wait in the mempool when this resolves. */
export async function gossip(host: Host, ...txs: readonly Uint8Array[]): Promise<void> {
  const msg = encode(GossipMessage, {type: 'txs', value: {txs}});
  await host.vm.call('AppGossip', {nodeId: PEER, msg});
}

/** BuildBlock and BlockVerify, as a proposer does it. */
export async function buildVerified(host: Host): Promise<BuiltBlock> {
  const block = await host.vm.call('BuildBlock', {});
  await host.vm.call('BlockVerify', {bytes: block.bytes});
  return block;
}

/** Verifies and accepts blocks that came from elsewhere, in order. */
export async function feed(
  host: Host,
  blocks: readonly {readonly id: Uint8Array; readonly bytes: Uint8Array}[],
): Promise<void> {
  for (const {id, bytes} of blocks) {
    await host.vm.call('BlockVerify', {bytes});
    await host.vm.call('BlockAccept', {id});
  }
}

export type HealthDetails = {
  readonly database: unknown;
  readonly health: Readonly<Record<string, unknown>>;
};

export async function healthOf(host: Host): Promise<HealthDetails> {
  const {details} = await host.vm.call('Health', {});
  return JSON.parse(Buffer.from(details).toString()) as HealthDetails;
}

/** The state root that the plugin reports. */
export async function stateRootOf(host: Host): Promise<unknown> {
  return (await healthOf(host)).health['stateRoot'];
}

/** A gauge of the plugin's own metrics. */
export async function gaugeOf(host: Host, wanted: string): Promise<number> {
  const {metricFamilies} = await host.vm.call('Gather', {});
  const family = metricFamilies.find(({name}) => name === wanted);
  const gauge = family?.metric[0]?.['gauge'] as {readonly value: number} | undefined;
  if (gauge === undefined) throw new Error(`no gauge ${wanted}`);
  return gauge.value;
}

type Chunk = {readonly data: readonly {readonly key: Uint8Array; readonly value: Uint8Array}[]};

/** Every entry of the chain's database, in hex, as its own server tells. */
export async function databaseEntries(host: Host): Promise<ReadonlyMap<string, string>> {
  const client = createUnaryClient(host.database.server.address, SERVICES.database);
  const entries = new Map<string, string>();
  const {id} = (await client.call('NewIteratorWithStartAndPrefix', {})) as {id: string};
  for (;;) {
    const {data} = (await client.call('IteratorNext', {id})) as Chunk;
    if (data.length === 0) break;
    for (const {key, value} of data) entries.set(bytesToHex(key), bytesToHex(value));
  }
  await client.call('IteratorRelease', {id});
  client.close();
  return entries;
}

/** SHA-256 of the whole database. */
export async function databaseDigest(host: Host): Promise<string> {
  const hash = createHash('sha256');
  for (const [key, value] of await databaseEntries(host)) hash.update(`${key}=${value}\n`);
  return hash.digest('hex');
}

export type Timed<T> = {readonly value: T; readonly ms: number};

export async function timed<T>(task: () => Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  const value = await task();
  return {value, ms: performance.now() - start};
}

/** Ms of the fastest of three rounds: a limit is the program's, not that of a busy machine. */
export async function fastest(round: () => Promise<number>): Promise<number> {
  return Math.min(await round(), await round(), await round());
}

/** Of at least one number: what one slow moment of the machine does not change. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Whether a promise is still open after this time. */
export async function isPending(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), ms));
  return (await Promise.race([promise.catch(() => undefined), late])) === 'late';
}
