import {createWriteStream} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {createInterface} from 'node:readline';
import {PassThrough} from 'node:stream';
import {DevnetError} from './errors.ts';
import {type PluginExit, type PluginProcess, startPluginProcess} from './host/plugin-process.ts';
import type {Programs} from './programs.ts';

/** One `sessionvm node`, running as a process of its own. */
export type NodeProcess = {
  /** As in `01`. */
  readonly name: string;
  readonly pid: number;
  readonly owner: string;
  /** From its log, once it listens. @throws DevnetError DEVNET_CHILD when it ends before that. */
  readonly started: Promise<StartedNode>;
  nodeId(): string | undefined;
  isRunning(): boolean;
  output(): string;
  readonly exited: Promise<PluginExit>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<PluginExit>;
  /** SIGTERM, and SIGKILL after 5 s. */
  stop(): Promise<PluginExit>;
};

export type NodeProcessInit = {
  readonly programs: Programs;
  readonly name: string;
  readonly rpcUrl: string;
  readonly dataDir: string;
  readonly owner: {readonly path: string; readonly address: string};
  readonly env: Readonly<Record<string, string>>;
  /** Multiaddrs of nodes that are there already. */
  readonly bootstrap: readonly string[];
  /** Multiaddr; port 0 takes a free one. */
  readonly listen: string;
};

/** What a node says of itself once it listens. */
export type StartedNode = {
  readonly nodeId: string;
  /** Multiaddrs with `/p2p/…`: where to reach it. */
  readonly addresses: readonly string[];
};

/** `node.started` is the line in which a node says who and where it is. */
function startedIn(line: string): StartedNode | undefined {
  if (!line.includes('"node.started"')) return undefined;
  try {
    const {nodeId, addresses} = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof nodeId !== 'string' || typeof addresses !== 'string') return undefined;
    return {nodeId, addresses: addresses.split(' ')};
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @throws DevnetError DEVNET_SPAWN */
export async function startNodeProcess(init: NodeProcessInit): Promise<NodeProcess> {
  const {programs, name, rpcUrl, dataDir, owner, env, bootstrap, listen} = init;
  const words = ['node', '--rpc', rpcUrl, '--data', dataDir, '--owner-key', owner.path];
  // Many nodes on one machine: each takes free ports, and its log says which.
  words.push('--metrics', '127.0.0.1:0', '--listen', listen);
  if (bootstrap.length > 0) words.push('--bootstrap', bootstrap.join(','));
  const {path, args = []} = programs.tool;
  const started = Promise.withResolvers<StartedNode>();
  // Nobody may be waiting when the node ends before it has started.
  started.promise.catch(() => undefined);
  let facts: StartedNode | undefined;
  const log = new PassThrough();
  createInterface({input: log}).on('line', (line) => {
    facts ??= startedIn(line);
    if (facts !== undefined) started.resolve(facts);
  });
  await mkdir(dirname(dataDir), {recursive: true, mode: 0o700});
  const file = createWriteStream(`${dataDir}.log`, {flags: 'a', mode: 0o600});
  const child: PluginProcess = await startPluginProcess({
    command: {path, args: [...args, ...words]},
    env,
    onOutput: (stream, chunk) => {
      if (stream !== 'stderr') return;
      log.write(chunk);
      file.write(chunk);
    },
  });
  void child.exited.then(() => {
    log.end();
    file.end();
    const output = child.output().trim().slice(-1000);
    const problem = `node ${name} ended before it had started`;
    started.reject(new DevnetError('DEVNET_CHILD', {problem, output}));
  });
  return {
    name,
    pid: child.pid,
    owner: owner.address,
    started: started.promise,
    nodeId: () => facts?.nodeId,
    isRunning: () => child.isRunning(),
    output: () => child.output(),
    exited: child.exited,
    async kill() {
      child.signal('SIGKILL');
      return child.exited;
    },
    stop: () => child.stop(),
  };
}

/** @throws DevnetError DEVNET_CHILD with the end of its log, when the node ended by itself. */
export function assertRunning(node: NodeProcess): void {
  if (node.isRunning()) return;
  const output = node.output().trim().slice(-1000);
  throw new DevnetError('DEVNET_CHILD', {problem: `node ${node.name} ended by itself`, output});
}
