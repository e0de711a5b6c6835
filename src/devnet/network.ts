import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {RpcChainClient} from '../client/rpc-chain-client.ts';
import {initCrypto} from '../crypto/init.ts';
import type {ChainClient} from '../protocol/api.ts';
import type {DecidedBlock} from './host/engine.ts';
import {type Host, startHost} from './host.ts';
import {DEVNET_NETWORK_ID, type NetworkFiles, nodeName, openNetworkFiles} from './network-files.ts';
import {type NodeProcess, startNodeProcess} from './node-process.ts';
import {findPrograms, type ProgramChoice, type Programs} from './programs.ts';

export type NetworkInit = {
  /** Absolute; made when missing, continued when it holds a network. */
  readonly directory: string;
  readonly nodes: number;
  readonly programs?: ProgramChoice;
  readonly httpPort?: number;
  readonly onAccepted?: (block: DecidedBlock) => void;
  readonly onError?: (error: unknown) => void;
};

/** A local network: one host with the plugin as its child, and service nodes, each a process. */
export type Network = {
  readonly files: NetworkFiles;
  readonly programs: Programs;
  readonly host: Host;
  readonly client: ChainClient;
  /** Nodes that were started, in order. */
  readonly nodes: readonly NodeProcess[];
  startNode(index: number): Promise<NodeProcess>;
  /** Stops nodes, then plugin and host. Nothing of it runs afterwards. */
  stop(): Promise<void>;
  /** All processes that were ever started. */
  pids(): readonly number[];
};

/** Nodes inherit this process's environment, but not what would make them a plugin. */
function nodeEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || name.includes('VM_RUNTIME_ENGINE_ADDR') ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

/** A free port the first time; a node that comes back is where the others know it. */
async function listenAgain(before: NodeProcess | undefined): Promise<string> {
  const started = await before?.started.catch(() => undefined);
  const [address] = started?.addresses ?? [];
  return address?.slice(0, address.indexOf('/p2p/')) ?? '/ip4/127.0.0.1/tcp/0';
}

/** Starts host and plugin. Nodes follow by `startNode`. */
export async function startNetwork(init: NetworkInit): Promise<Network> {
  const {directory, nodes: count, onAccepted, onError, httpPort} = init;
  await initCrypto();
  const programs = findPrograms(init.programs);
  await mkdir(directory, {recursive: true, mode: 0o700});
  const files = await openNetworkFiles(directory, count);
  const host = await startHost({
    plugin: programs.plugin,
    dataDir: join(directory, 'host'),
    networkId: DEVNET_NETWORK_ID,
    chainId: files.chainId,
    genesisBytes: files.genesisBytes,
    ...(httpPort === undefined ? {} : {httpPort}),
    ...(onAccepted === undefined ? {} : {onAccepted}),
    ...(onError === undefined ? {} : {onError}),
  });
  const nodes: NodeProcess[] = [];
  const pids = [host.session.process.pid];
  return {
    files,
    programs,
    host,
    client: new RpcChainClient({url: host.rpcUrl}),
    nodes,
    pids: () => pids,
    async startNode(index) {
      const owner = files.owners[index];
      if (owner === undefined) throw new RangeError(`there is no owner for node ${index}`);
      const name = nodeName(index);
      const dataDir = join(directory, 'nodes', name);
      const env = nodeEnvironment();
      const first = nodes.find((each) => each.isRunning());
      const bootstrap = first === undefined ? [] : (await first.started).addresses;
      const listen = await listenAgain(nodes.findLast((each) => each.name === name));
      const node = await startNodeProcess({
        programs,
        listen,
        name,
        rpcUrl: host.rpcUrl,
        dataDir,
        owner,
        env,
        bootstrap,
      });
      nodes.push(node);
      pids.push(node.pid);
      return node;
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await host.stop();
    },
  };
}
