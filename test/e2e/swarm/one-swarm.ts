import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {chainRefOf} from '../../../src/client/account-sender.ts';
import type {ChainRef} from '../../../src/client/transactions.ts';
import type {PluginCommand} from '../../../src/devnet/host/plugin-process.ts';
import {type Network, startNetwork} from '../../../src/devnet/network.ts';
import {nodeName, openNetworkFiles} from '../../../src/devnet/network-files.ts';
import {type NodeProcess, startNodeProcess} from '../../../src/devnet/node-process.ts';
import type {ProgramChoice} from '../../../src/devnet/programs.ts';
import {parsePeerAddress} from '../../../src/network/addresses.ts';
import type {Peer} from '../../../src/network/overlay.ts';
import {IS_BUILT, MAIN} from '../../program.ts';

/** Two epochs until the seats, one more when a registration slips. */
const SEATS_TIMEOUT_MS = 110_000;
const POLL_MS = 250;

/** What the tests of this run have built, if they have. */
const PROGRAMS: ProgramChoice = IS_BUILT ? {folder: dirname(MAIN)} : 'source';

/** File modes do not bind root; without these it is bound like anybody else. */
const BOUND = ['dac_override', 'dac_read_search'].map((name) => `-${name}`).join();

function boundByModes({path, args = []}: PluginCommand): PluginCommand {
  if (process.getuid?.() !== 0) return {path, args};
  return {
    path: 'setpriv',
    args: [`--bounding-set=${BOUND}`, `--inh-caps=${BOUND}`, path, ...args],
  };
}

export type OneSwarmInit = {
  readonly nodes: number;
  readonly programs?: ProgramChoice;
  /** What each node must offer, in bytes: members fill up to 80 % of it. Of the dev preset unless given. */
  readonly minCapacity?: bigint;
};

type Rules = {readonly rules: Readonly<Record<string, unknown>>};

/** k = 0: one swarm, whatever the number of nodes. */
async function makeGenesis(
  directory: string,
  {nodes, minCapacity}: Pick<OneSwarmInit, 'nodes' | 'minCapacity'>,
): Promise<void> {
  const {genesisPath} = await openNetworkFiles(directory, nodes);
  const genesis = JSON.parse(await readFile(genesisPath, 'utf8')) as Rules;
  const capacity = minCapacity === undefined ? {} : {minCapacity: `${minCapacity}`};
  const rules = {...genesis.rules, ...capacity, swarmExponent: 0};
  await writeFile(genesisPath, JSON.stringify({...genesis, rules}));
}

/** A chain and nodes, each a process, all of them members of its only swarm. */
export class OneSwarm implements AsyncDisposable {
  readonly directory: string;
  readonly network: Network;
  readonly chain: ChainRef;
  /** The process that runs each node now, or ran it last. */
  readonly #nodes: NodeProcess[] = [];
  /** Those that the network did not start. */
  readonly #bound: NodeProcess[] = [];

  private constructor(directory: string, network: Network, chain: ChainRef) {
    this.directory = directory;
    this.network = network;
    this.chain = chain;
  }

  /** Resolves when every node has its seat. */
  static async start({nodes, programs = PROGRAMS, minCapacity}: OneSwarmInit): Promise<OneSwarm> {
    const directory = await mkdtemp(join(tmpdir(), 'sessionvm-swarm-'));
    await makeGenesis(directory, {nodes, ...(minCapacity === undefined ? {} : {minCapacity})});
    const network = await startNetwork({directory, nodes, programs});
    const chain = chainRefOf(await network.client.call('getNetwork', {}));
    const swarm = new OneSwarm(directory, network, chain);
    try {
      await swarm.#add(nodes);
    } catch (error) {
      await swarm[Symbol.asyncDispose]();
      throw error;
    }
    return swarm;
  }

  async #add(count: number): Promise<void> {
    await this.startNode(0);
    await Promise.all(Array.from({length: count - 1}, (_, index) => this.startNode(index + 1)));
    const deadlineMs = Date.now() + SEATS_TIMEOUT_MS;
    for (;;) {
      const {items} = await this.network.client.call('listSwarms', {limit: 1});
      if (items[0]?.serving === count) return;
      if (Date.now() > deadlineMs) {
        throw new Error(`${items[0]?.serving ?? 0} of ${count} nodes have a seat`);
      }
      await sleep(POLL_MS);
    }
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(index: number): NodeProcess {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  /** Over the folder that it had before, if any; resolves when it listens. */
  async startNode(index: number): Promise<void> {
    const node = await this.network.startNode(index);
    this.#nodes[index] = node;
    await node.started;
  }

  folderOf(index: number): string {
    return join(this.directory, 'nodes', nodeName(index));
  }

  /** Starts a node that was killed, as `startNode`, but by a user whom file modes bind. */
  async startBoundNode(index: number): Promise<void> {
    const {files, programs, host} = this.network;
    const owner = files.owners[index];
    const other = this.#nodes.findIndex((node, at) => at !== index && node.isRunning());
    if (owner === undefined || other < 0) throw new Error(`nobody runs beside node ${index}`);
    const address = await this.addressOf(index);
    const node = await startNodeProcess({
      programs: {...programs, tool: boundByModes(programs.tool)},
      name: nodeName(index),
      rpcUrl: host.rpcUrl,
      dataDir: this.folderOf(index),
      owner,
      env: {PATH: process.env['PATH'] ?? ''},
      bootstrap: [await this.addressOf(other)],
      listen: address.slice(0, address.indexOf('/p2p/')),
    });
    this.#nodes[index] = node;
    this.#bound.push(node);
    await node.started;
  }

  /** Where a node listens, `/p2p/…` included. */
  async addressOf(index: number): Promise<string> {
    const {addresses} = await this.node(index).started;
    const [first] = addresses;
    if (first === undefined) throw new Error(`node ${index} listens nowhere`);
    return first;
  }

  async peerOf(index: number): Promise<Peer> {
    return parsePeerAddress(await this.addressOf(index));
  }

  /** SIGSTOP and SIGCONT: its connections stay open, and nothing answers. */
  signal(indexes: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const index of indexes) process.kill(this.node(index).pid, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A process that is stopped does not hear of its end.
    for (const node of this.#nodes) if (node?.isRunning()) process.kill(node.pid, 'SIGCONT');
    await Promise.all(this.#bound.map((node) => node.stop()));
    await this.network.stop();
    await rm(this.directory, {recursive: true, force: true});
  }
}
