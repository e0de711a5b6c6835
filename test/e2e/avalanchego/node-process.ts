import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';
import {chmod, copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {E2eError} from './errors.ts';
import {findFreePort} from './free-port.ts';
import {nodeFlags, type Peer} from './node-flags.ts';
import {readMetric} from './node-metrics.ts';
import {releaseGroup, trackGroup} from './process-groups.ts';
import {childrenOf, membersOfGroup, type ProcessInfo} from './process-tree.ts';
import {callRpc} from './rpc.ts';
import {waitFor} from './wait-for.ts';

const START_TIMEOUT_MS = 60_000;
const CHAIN_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
/** How long a plugin may outlive a node that was killed: it has to notice by itself. */
const ORPHAN_TIMEOUT_MS = 15_000;

export type NodeInit = {
  /** Short name for messages, `first`. */
  readonly name: string;
  readonly binary: string;
  /** Folder of this node alone: data, plugins, chain configs, log. Made when missing. */
  readonly folder: string;
  /** File of the plugin and the VM id (CB58) under which it is installed. */
  readonly plugin: {readonly file: string; readonly vmId: string};
  /** Variables beside PATH and HOME, for example GRPC_SESSIONVM_PROTOCOL. */
  readonly env?: Readonly<Record<string, string>>;
  /** Running nodes that it asks for the chains; none for the first node of a network. */
  readonly bootstrapFrom: readonly Peer[];
};

/** One avalanchego process at a time over one lasting data folder, certificate and pair of ports. */
export class AvalancheNode {
  readonly name: string;
  readonly uri: string;
  readonly logFile: string;
  readonly #init: NodeInit;
  readonly #ports: {readonly http: number; readonly staking: number};
  #trackSubnet: string | undefined;
  #process: ChildProcess | undefined;

  private constructor(init: NodeInit, ports: {readonly http: number; readonly staking: number}) {
    this.name = init.name;
    this.uri = `http://127.0.0.1:${ports.http}`;
    this.logFile = join(init.folder, 'node.log');
    this.#init = init;
    this.#ports = ports;
  }

  /** Makes the folders and installs the plugin; starts nothing. */
  static async create(init: NodeInit): Promise<AvalancheNode> {
    const {folder, plugin} = init;
    for (const name of ['data', 'plugins', 'configs', 'tmp']) {
      await mkdir(join(folder, name), {recursive: true});
    }
    const installed = join(folder, 'plugins', plugin.vmId);
    await copyFile(plugin.file, installed);
    await chmod(installed, 0o755);
    return new AvalancheNode(init, {http: await findFreePort(), staking: await findFreePort()});
  }

  /** Folder of this node alone. */
  get folder(): string {
    return this.#init.folder;
  }

  /** Started, and neither stopped nor killed since. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Process id of the running node. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) {
      throw new E2eError('E2E_NODE_EXITED', {node: this.name, problem: 'is not running'});
    }
    return pid;
  }

  /**
   * Starts the process and waits until its P-chain is bootstrapped. A subnet named once is tracked
   * by every later start.
   * @throws E2eError E2E_NODE_EXITED, E2E_TIMEOUT
   */
  async start({trackSubnet = this.#trackSubnet}: {trackSubnet?: string} = {}): Promise<void> {
    if (this.#process !== undefined) {
      throw new E2eError('E2E_NODE_UNUSABLE', {node: this.name, problem: 'runs already'});
    }
    this.#trackSubnet = trackSubnet;
    this.#process = await this.#spawn();
    await this.#waitUntilBootstrapped('P', START_TIMEOUT_MS);
  }

  /** Waits until the node has the chain in normal operation. */
  waitForChain(chainId: string): Promise<void> {
    return this.#waitUntilBootstrapped(chainId, CHAIN_TIMEOUT_MS);
  }

  /** Address of the chain's handler, `/rpc` unless another path is given. */
  chainUrl(chainId: string, path = '/rpc'): string {
    return `${this.uri}/ext/bc/${chainId}${path}`;
  }

  /** Asks the node's `info` service. */
  info<Result>(method: string, params: object = {}): Promise<Result> {
    return callRpc<Result>({url: `${this.uri}/ext/info`, method: `info.${method}`, params});
  }

  /** What another node needs to bootstrap from this one. */
  async asPeer(): Promise<Peer> {
    const {nodeID} = await this.info<{nodeID: string}>('getNodeID');
    return {nodeId: nodeID, stakingPort: this.#ports.staking};
  }

  /** The running plugin processes: the node starts nothing else. */
  plugins(): readonly ProcessInfo[] {
    return childrenOf(this.pid);
  }

  /**
   * SIGTERM, as an operator stops a node. Its plugins have to end with it.
   * @throws E2eError E2E_TIMEOUT, E2E_PROCESS_LEFT
   */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /**
   * SIGKILL of the node alone. Its plugins have to notice and end by themselves.
   * @throws E2eError E2E_TIMEOUT, E2E_PROCESS_LEFT
   */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /**
   * SIGKILL of the one running plugin; the node stays. Returns the pid that is gone.
   * @throws E2eError E2E_NODE_UNUSABLE unless exactly one plugin runs
   */
  killPlugin(): number {
    const [plugin, ...others] = this.plugins();
    if (plugin === undefined || others.length > 0) {
      const problem = `runs ${this.plugins().length} plugins`;
      throw new E2eError('E2E_NODE_UNUSABLE', {node: this.name, problem});
    }
    process.kill(plugin.pid, 'SIGKILL');
    return plugin.pid;
  }

  /** The last lines that node and plugins wrote. */
  async logTail(lines: number): Promise<readonly string[]> {
    return (await this.readLog()).trimEnd().split('\n').slice(-lines);
  }

  /** All that node and plugins wrote, over all starts. */
  readLog(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  /**
   * Waits for a line of node or plugin that holds the text, over all starts, and returns it.
   * @throws E2eError E2E_TIMEOUT
   */
  waitForLogLine(text: string, timeoutMs: number): Promise<string> {
    return waitFor(`node ${this.name} logs ${text}`, timeoutMs, async () =>
      (await this.readLog()).split('\n').find((line) => line.includes(text)),
    );
  }

  /** A gauge or counter of the one plugin, as the node's metrics page shows it. */
  async metric(name: string): Promise<number> {
    return readMetric(this.uri, name);
  }

  /** Config bytes that the plugin gets with its next start of the chain. */
  async writeChainConfig(chainId: string, config: string): Promise<void> {
    const folder = join(this.#init.folder, 'configs', chainId);
    await mkdir(folder, {recursive: true});
    await writeFile(join(folder, 'config.json'), config);
  }

  async #spawn(): Promise<ChildProcess> {
    const {binary, folder, env = {}, bootstrapFrom} = this.#init;
    const flags = nodeFlags({
      httpPort: this.#ports.http,
      stakingPort: this.#ports.staking,
      dataDir: join(folder, 'data'),
      pluginDir: join(folder, 'plugins'),
      chainConfigDir: join(folder, 'configs'),
      trackSubnet: this.#trackSubnet,
      bootstrapFrom,
    });
    const log = openSync(this.logFile, 'a');
    try {
      const child = spawn(binary, flags, {
        cwd: folder,
        detached: true, // leads a process group of its own
        stdio: ['ignore', log, log],
        // Nothing else: AVAGO_… variables are flags, and GRPC_… ones reach the plugin.
        env: {PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: join(folder, 'tmp'), ...env},
      });
      await once(child, 'spawn');
      if (child.pid !== undefined) trackGroup(child.pid);
      return child;
    } catch (error) {
      throw new E2eError('E2E_NODE_UNUSABLE', {binary, problem: String(error)}, {cause: error});
    } finally {
      closeSync(log);
    }
  }

  #assertRunning(): void {
    const {exitCode, signalCode} = this.#process ?? {};
    if (exitCode === null && signalCode === null) return;
    throw new E2eError('E2E_NODE_EXITED', {
      node: this.name,
      exit: String(signalCode ?? exitCode ?? 'not started'),
      log: this.logFile,
    });
  }

  async #waitUntilBootstrapped(chain: string, timeoutMs: number): Promise<void> {
    await waitFor(`node ${this.name} bootstraps ${chain}`, timeoutMs, async () => {
      this.#assertRunning();
      try {
        const {isBootstrapped} = await this.info<{isBootstrapped: boolean}>('isBootstrapped', {
          chain,
        });
        return isBootstrapped ? true : undefined;
      } catch (error) {
        // Not listening yet, or the chain is not known to the node yet.
        if (!(error instanceof E2eError)) throw error;
        return undefined;
      }
    });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    const groupId = this.pid;
    if (child === undefined) return;
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : [];
    child.kill(signal);
    this.#process = undefined;
    try {
      await Promise.race([
        exited,
        new Promise((_, reject) => {
          const error = new E2eError('E2E_TIMEOUT', {what: `${this.name} ends after ${signal}`});
          setTimeout(() => reject(error), STOP_TIMEOUT_MS).unref();
        }),
      ]);
      await this.#waitForPlugins(groupId);
    } finally {
      releaseGroup(groupId);
    }
  }

  async #waitForPlugins(groupId: number): Promise<void> {
    const deadline = performance.now() + ORPHAN_TIMEOUT_MS;
    await waitFor(`plugins of ${this.name} end`, ORPHAN_TIMEOUT_MS + 1_000, () => {
      const left = membersOfGroup(groupId);
      if (left.length === 0) return true;
      if (performance.now() < deadline) return undefined;
      const commands = left.map(({pid, command}) => `${pid} ${command.slice(0, 80)}`);
      throw new E2eError('E2E_PROCESS_LEFT', {node: this.name, left: commands.join('; ')});
    });
  }
}
