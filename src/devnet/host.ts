import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {encodeCb58} from '../crypto/cb58.ts';
import {LevelStore} from '../storage/level.ts';
import {DevnetError} from './errors.ts';
import {type AppSender, createAppSender} from './host/app-sender.ts';
import {type DatabaseServer, startDatabaseServer} from './host/database-server.ts';
import {type Engine, startEngine} from './host/engine.ts';
import {SERVICES, serveHealth} from './host/host-definitions.ts';
import type {HostOptions} from './host/host-options.ts';
import {
  aliasReaderHandlers,
  sharedMemoryHandlers,
  validatorStateHandlers,
  warpSignerHandlers,
} from './host/host-services.ts';
import {type HttpProxy, startHttpProxy} from './host/http-proxy.ts';
import {DEFAULT_NODE_ID, initializeRequest, SUBNET_ID} from './host/initialize-request.ts';
import {type LoopbackServer, startLoopbackServer} from './host/loopback-server.ts';
import {createMutex, type Mutex} from './host/mutex.ts';
import type {PluginExit} from './host/plugin-process.ts';
import {openPluginRoutes, type PluginRoutes} from './host/plugin-routes.ts';
import {type PluginSession, protocolOf, startPluginSession} from './host/plugin-session.ts';
import {addUnaryService} from './host/unary-service.ts';
import type {VmClient} from './host/vm-client.ts';
import type {ChainHead, InitializeRequest} from './host/vm-messages.ts';

const PLATFORM_HEIGHT = 1n;

/** The parts that outlive a plugin process: database, services, HTTP. */
type HostParts = {
  readonly options: HostOptions;
  readonly store: LevelStore;
  readonly database: DatabaseServer;
  readonly services: LoopbackServer;
  readonly appSender: AppSender;
  readonly http: HttpProxy;
};

/**
 * A stand-in for the node's side of rpcchainvm, for development and tests: one chain, one validator,
 * no peers but the hosts that it is told of. Real chains run on avalanchego or luxd.
 */
export class Host {
  readonly options: HostOptions;
  readonly database: DatabaseServer;
  readonly appSender: AppSender;
  /** `http://127.0.0.1:<port>/ext/bc/<chain>`; `/rpc` and `/health` are below it. */
  readonly chainUrl: string;
  /** The chain lock: calls that a node makes one at a time go through it. */
  readonly lock: Mutex = createMutex();
  readonly #parts: HostParts;
  readonly #chainPath: string;
  #session: PluginSession | undefined;
  #routes: PluginRoutes | undefined;
  #engine: Engine | undefined;
  #head: ChainHead | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.options = parts.options;
    this.database = parts.database;
    this.appSender = parts.appSender;
    this.#chainPath = `/ext/bc/${encodeCb58(parts.options.chainId)}`;
    this.chainUrl = `${parts.http.url}${this.#chainPath}`;
  }

  get rpcUrl(): string {
    return `${this.chainUrl}/rpc`;
  }

  /** The running plugin. @throws DevnetError DEVNET_STATE when there is none. */
  get session(): PluginSession {
    if (this.#session !== undefined) return this.#session;
    throw new DevnetError('DEVNET_STATE', {problem: 'no plugin is running'});
  }

  /** The node's id; `connectHosts` needs another one for each host. */
  get nodeId(): Uint8Array {
    return this.options.nodeId ?? DEFAULT_NODE_ID;
  }

  get vm(): VmClient {
    return this.session.vm;
  }

  get routes(): PluginRoutes | undefined {
    return this.#routes;
  }

  /** The block loop, once `run` was called. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** The last accepted block by the plugin's own Initialize. */
  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** What `initialize` sends, for tests that change a field of it. */
  initializeRequest(): InitializeRequest {
    return initializeRequest(this.options, protocolOf(this.options), {
      dbServerAddr: this.database.server.address,
      serverAddr: this.#parts.services.address,
    });
  }

  /** Starts a plugin process and waits for its handshake. */
  async launch(): Promise<PluginSession> {
    if (this.#session?.process.isRunning() === true) {
      throw new DevnetError('DEVNET_STATE', {problem: 'a plugin is running already'});
    }
    const session = await startPluginSession(this.options);
    this.#session = session;
    return session;
  }

  /** Initialize, with changed fields if a test wants them. */
  async initialize(changes: Partial<InitializeRequest> = {}): Promise<ChainHead> {
    const request = {...this.initializeRequest(), ...changes};
    this.#head = await this.lock(() => this.vm.call('Initialize', request));
    return this.#head;
  }

  /** CreateHandlers and NewHTTPHandler; the routes answer 503 until normal operation. */
  async openRoutes(): Promise<PluginRoutes> {
    const routes = await this.lock(() => openPluginRoutes(this.vm));
    this.#routes?.close();
    this.#routes = routes;
    this.#parts.http.setRoutes(routes.routes(this.#chainPath));
    return routes;
  }

  /** WebSockets that the plugin serves now. */
  upgrades(): number {
    return this.#parts.http.upgrades();
  }

  /** Breaks them, as clients that vanish do. */
  cutUpgrades(): void {
    this.#parts.http.cutUpgrades();
  }

  /** Everything from StateSyncEnabled on; the block loop runs when this returns. */
  async run(): Promise<Engine> {
    if (this.#head === undefined)
      throw new DevnetError('DEVNET_STATE', {problem: 'not initialized'});
    const {pChainHeight = PLATFORM_HEIGHT, onAccepted, onError} = this.options;
    const {agreedSummary, missingBlocks} = this.options;
    this.#engine = await startEngine({
      vm: this.vm,
      lock: this.lock,
      nodeId: this.nodeId,
      head: this.#head,
      ...(pChainHeight === null ? {} : {pChainHeight}),
      ...(agreedSummary === undefined ? {} : {agreedSummary}),
      ...(missingBlocks === undefined ? {} : {missingBlocks}),
      ...(onAccepted === undefined ? {} : {onAccepted}),
      ...(onError === undefined ? {} : {onError}),
    });
    this.#parts.http.setOpen(true);
    return this.#engine;
  }

  /** Launches and goes as far as `options.stage` says. */
  async start(): Promise<void> {
    const {stage = 'running'} = this.options;
    await this.launch();
    if (stage === 'handshake') return;
    await this.initialize();
    if (stage === 'initialized') return;
    await this.openRoutes();
    await this.run();
  }

  /** Kills the plugin at once and waits until it is gone. The host goes on. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<PluginExit> {
    const {process} = this.session;
    process.signal(signal);
    const exit = await process.exited;
    await this.#forgetPlugin();
    return exit;
  }

  /** Stops the plugin in order: event loop, Shutdown, SIGTERM. The host goes on. */
  async stopPlugin(): Promise<PluginExit | undefined> {
    const session = this.#session;
    await this.#engine?.stop();
    const exit = await session?.stop();
    await this.#forgetPlugin();
    return exit;
  }

  /** A new process on the same database, at the stage of the options. A running one is stopped first. */
  async restart(): Promise<void> {
    await this.stopPlugin();
    await this.start();
  }

  /** Ends everything. No process and no listener is left. */
  async stop(): Promise<PluginExit | undefined> {
    const {http, services, database, store} = this.#parts;
    const exit = await this.stopPlugin();
    await http.stop();
    await services.stop();
    await database.server.stop();
    await store.close();
    return exit;
  }

  async #forgetPlugin(): Promise<void> {
    this.#parts.http.setOpen(false);
    this.#parts.http.setRoutes(new Map());
    this.#routes?.close();
    this.#routes = undefined;
    await this.#engine?.stop();
    this.#engine = undefined;
    this.#head = undefined;
    this.#session = undefined;
    await this.database.releaseIterators();
  }
}

function startServices(options: HostOptions, appSender: AppSender): Promise<LoopbackServer> {
  const {networkId, chainId, nodeId = DEFAULT_NODE_ID} = options;
  const pChainHeight = options.pChainHeight ?? PLATFORM_HEIGHT;
  const facts = {networkId, chainId, nodeId, subnetId: SUBNET_ID, pChainHeight};
  return startLoopbackServer((grpc) => {
    addUnaryService(grpc, SERVICES.appSender, appSender.handlers);
    addUnaryService(grpc, SERVICES.validatorState, validatorStateHandlers(facts));
    addUnaryService(grpc, SERVICES.aliasReader, aliasReaderHandlers(facts));
    addUnaryService(grpc, SERVICES.sharedMemory, sharedMemoryHandlers());
    addUnaryService(grpc, SERVICES.warpSigner, warpSignerHandlers());
    serveHealth(grpc);
  });
}

/**
 * Starts a host and its plugin.
 * @throws DevnetError of the plugin's start, StorageError for a data directory that is in use. What
 * was started is stopped again.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  await mkdir(join(options.dataDir, 'chain-data'), {recursive: true});
  const store = await LevelStore.open(join(options.dataDir, 'db'));
  const appSender = createAppSender();
  const nodeId = `NodeID-${encodeCb58(options.nodeId ?? DEFAULT_NODE_ID)}`;
  let host: Host | undefined;
  const killPlugin = async (): Promise<void> => {
    const process = host?.session.process;
    process?.signal('SIGKILL');
    await process?.exited;
  };
  const database = await startDatabaseServer({
    store,
    onDatabaseCall: options.onDatabaseCall,
    killPlugin,
  });
  const services = await startServices(options, appSender);
  const http = await startHttpProxy({port: options.httpPort ?? 0, nodeId});
  host = new Host({options, store, database, services, appSender, http});
  try {
    await host.start();
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}
