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
  /** From its log, once it has reached the chain. */
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
};

/** `node.started` is the line in which a node says its id. */
function nodeIdIn(line: string): string | undefined {
  if (!line.includes('"node.started"')) return undefined;
  try {
    const {nodeId} = JSON.parse(line) as {readonly nodeId?: unknown};
    return typeof nodeId === 'string' ? nodeId : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @throws DevnetError DEVNET_SPAWN */
export async function startNodeProcess(init: NodeProcessInit): Promise<NodeProcess> {
  const {programs, name, rpcUrl, dataDir, owner, env} = init;
  const words = ['node', '--rpc', rpcUrl, '--data', dataDir, '--owner-key', owner.path];
  // Many nodes on one machine: each takes a free port, and its log says which.
  words.push('--metrics', '127.0.0.1:0');
  const {path, args = []} = programs.tool;
  let nodeId: string | undefined;
  const log = new PassThrough();
  createInterface({input: log}).on('line', (line) => {
    nodeId ??= nodeIdIn(line);
  });
  const child: PluginProcess = await startPluginProcess({
    command: {path, args: [...args, ...words]},
    env,
    onOutput: (stream, chunk) => void (stream === 'stderr' && log.write(chunk)),
  });
  void child.exited.then(() => log.end());
  return {
    name,
    pid: child.pid,
    owner: owner.address,
    nodeId: () => nodeId,
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
