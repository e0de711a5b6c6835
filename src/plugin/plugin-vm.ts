import {setTimeout as sleep} from 'node:timers/promises';
import type {KeyValueStore} from '../storage/kv.ts';
import type {VmState} from './api-context.ts';
import type {Clocks} from './clocks.ts';
import {PluginError} from './errors.ts';
import {EventWaiter} from './event-waiter.ts';
import type {HttpRouter} from './http-router.ts';
import type {Logger} from './logger.ts';
import {MadeOnce} from './made-once.ts';
import type {PeerMessenger} from './peers/peer-messenger.ts';
import type {RunningChain} from './running-chain.ts';
import {SerialQueue} from './serial-queue.ts';

/** The node's database. `failure`: why nothing is read or written any more, if so. */
export type HostDatabase = KeyValueStore & {readonly failure: Error | undefined};

/** The world of the plugin; one wire or another provides it. */
export type PluginPorts = Clocks & {
  readonly logger: Logger;
  /** Connects to the node's database. */
  openDatabase(address: string): HostDatabase;
  /** Connects to the node's other services. */
  openMessenger(address: string): PeerMessenger;
  /** Serves the HTTP handlers where the node can reach them. */
  serveHttp(router: HttpRouter): Promise<{readonly address: string; close(): void}>;
  /** Shutdown was called: signals are obeyed from now on. */
  shutdownReceived(): void;
  /** Shutdown is answered: the process may end. */
  shutdownAnswered(): void;
};

const STOP_PATIENCE_MS = 10_000;

/** The state of one plugin process, from its start to its end. */
export class PluginVm {
  readonly ports: PluginPorts;
  readonly waiter: EventWaiter;
  /** All calls that change the chain, Initialize among them. */
  readonly queue = new SerialQueue();
  #running: RunningChain | undefined;
  #stopping: Promise<void> | undefined;
  #state: VmState = 'starting';
  readonly #http = new MadeOnce<{readonly address: string; close(): void}>();

  constructor(ports: PluginPorts) {
    this.ports = ports;
    this.waiter = new EventWaiter(ports.now);
  }

  get state(): VmState {
    return this.#state;
  }

  set state(next: VmState) {
    this.#state = next;
  }

  /** The chain, if Initialize has succeeded. */
  get running(): RunningChain | undefined {
    return this.#running;
  }

  /** @throws PluginError PLUGIN_NOT_INITIALIZED, PLUGIN_STOPPED */
  requireRunning(): RunningChain {
    if (this.#state === 'stopped') throw new PluginError('PLUGIN_STOPPED');
    if (this.#running === undefined) throw new PluginError('PLUGIN_NOT_INITIALIZED');
    return this.#running;
  }

  /** @throws PluginError PLUGIN_ALREADY_INITIALIZED, PLUGIN_STOPPED */
  assertNotRunning(): void {
    if (this.#state === 'stopped') throw new PluginError('PLUGIN_STOPPED');
    if (this.#running !== undefined) throw new PluginError('PLUGIN_ALREADY_INITIALIZED');
  }

  start(running: RunningChain): void {
    this.#running = running;
  }

  /** Address of the one HTTP server; asked twice, it is the same. */
  async serveHttp(router: () => HttpRouter): Promise<string> {
    return (await this.#http.get(() => this.ports.serveHttp(router()))).address;
  }

  /** Ends waiting calls, lets the block call in work end, closes everything. Harmless when repeated. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    this.waiter.close();
    // A database that hangs must not keep the node from stopping us.
    const patience = new AbortController();
    const late = sleep(STOP_PATIENCE_MS, undefined, {signal: patience.signal});
    await Promise.race([this.queue.idle(), late]);
    patience.abort();
    late.catch(() => undefined);
    await this.#running?.events.close();
    (await this.#http.peek())?.close();
    await this.#running?.close();
  }
}
