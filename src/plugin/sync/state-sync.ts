import {equalBytes} from '../../protocol/bytes.ts';
import type {StateSummary} from '../../protocol/chain/state-summary.ts';
import {type Chain, restoreExecuted} from '../../vm/chain.ts';
import {appliedUpgradeWrites} from '../applied-upgrades.ts';
import type {EventWaiter} from '../event-waiter.ts';
import {errorFacts, type Logger} from '../logger.ts';
import type {ConnectedPeers} from '../peers/connected-peers.ts';
import type {PeerRequests} from '../peers/peer-requests.ts';
import type {SerialQueue} from '../serial-queue.ts';
import {type Fetched, StateSyncer} from './state-syncer.ts';
import type {SummaryShelf} from './summary-shelf.ts';
import {SyncPeers} from './sync-peers.ts';
import {SyncProgress} from './sync-progress.ts';
import type {SyncStore} from './sync-store.ts';

export type StateSyncParts = {
  readonly chain: Chain;
  readonly store: SyncStore;
  readonly shelf: SummaryShelf;
  readonly peers: ConnectedPeers;
  readonly requests: PeerRequests;
  readonly queue: SerialQueue;
  readonly waiter: EventWaiter;
  readonly logger: Logger;
  /** Undefined: only a chain that is at genesis, or that was interrupted. */
  readonly isWanted: boolean | undefined;
  /** A summary that is less than so many blocks ahead is not synced to. */
  readonly minBlocks: number;
  /** The last accepted block is another one. */
  chainChanged(): void;
  monotonicMs(): bigint;
};

type Running = {
  readonly summary: StateSummary;
  readonly abort: AbortController;
  readonly syncer: StateSyncer;
};

const equalSummaries = (a: StateSummary, b: StateSummary): boolean =>
  a.height === b.height && equalBytes(a.blockId, b.blockId);

/** The state sync of one chain, from the summary that the nodes agreed on to the switch. SPEC.md §12.2. */
export class StateSync {
  readonly progress = new SyncProgress();
  readonly #parts: StateSyncParts;
  readonly #syncPeers: SyncPeers;
  #ongoing: StateSummary | undefined;
  #running: Running | undefined;
  #work: Promise<void> = Promise.resolve();
  #clearing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: StateSyncParts, ongoing: StateSummary | undefined) {
    this.#parts = parts;
    this.#ongoing = ongoing;
    this.#syncPeers = new SyncPeers(parts);
    parts.peers.onChange(() => this.#running?.syncer.peersChanged());
  }

  /** Whether the node should begin with a state sync. */
  get isEnabled(): boolean {
    const {isWanted, chain} = this.#parts;
    return isWanted ?? (chain.lastAccepted.block.height === 0n || this.#ongoing !== undefined);
  }

  /** What was begun and is not finished. */
  get ongoing(): StateSummary | undefined {
    return this.#ongoing;
  }

  /**
   * The nodes agreed on a summary. @returns whether the sync has begun; its end is told by the
   * waiter. Not begun: executing the blocks up to it is as good.
   */
  async accept(summary: StateSummary): Promise<boolean> {
    const {chain, minBlocks, store} = this.#parts;
    const ahead = summary.height - chain.lastAccepted.block.height;
    if (ahead < BigInt(minBlocks)) return false;
    if (this.#running !== undefined && equalSummaries(this.#running.summary, summary)) return true;
    this.#running?.abort.abort();
    await this.#work;
    // Ends what still empties the spare slot: a delete that came later would take what was just kept.
    this.#ongoing = summary;
    await this.#clearing;
    await store.begin(summary);
    this.#work = this.#run(this.#start(summary));
    return true;
  }

  #start(summary: StateSummary): Running {
    const {chain, store, requests, logger, monotonicMs} = this.#parts;
    const abort = new AbortController();
    const own = chain.lastAccepted.map;
    const {signal} = abort;
    const peers = this.#syncPeers;
    const {progress} = this;
    const ports = {store, peers, requests, progress, logger, signal, monotonicMs};
    const syncer = new StateSyncer({summary, own, ...ports});
    const running = {summary, abort, syncer};
    this.#running = running;
    progress.began(summary.height);
    logger.info('state sync begins', {height: summary.height});
    return running;
  }

  async #run(running: Running): Promise<void> {
    const {logger, waiter} = this.#parts;
    const {height} = running.summary;
    try {
      const fetched = await running.syncer.run();
      if (fetched === undefined) logger.warn('state sync ends without the state', {height});
      else await this.#adopt(running, fetched);
    } catch (error) {
      logger.error('state sync failed', {height, ...errorFacts(error)});
    }
    this.#running = undefined;
    this.progress.ended();
    // The node goes on from whatever is last accepted now.
    if (!running.abort.signal.aborted) waiter.setSyncFinished(true);
  }

  /** The switch, between two block calls. */
  async #adopt({summary, abort}: Running, {block, map}: Fetched): Promise<void> {
    const {chain, store, shelf, queue, logger, chainChanged} = this.#parts;
    await queue.run(async () => {
      if (abort.signal.aborted) return;
      const executed = restoreExecuted(block, map);
      const beside = appliedUpgradeWrites(chain.config, block.timestamp);
      await store.finish({block, summary, beside});
      chain.jump(executed);
      shelf.accepted(executed, [summary]);
      this.#ongoing = undefined;
      chainChanged();
      this.progress.done();
      logger.info('state sync is done', {height: block.height, entries: map.size});
    });
    this.#clearSpare();
  }

  /**
   * The node is in another phase: a sync that still runs ends without its state. In normal operation
   * the blocks have been executed, and what it had is of no use any more.
   */
  leave(isNormal: boolean): void {
    this.#parts.waiter.setSyncFinished(false);
    this.#running?.abort.abort();
    if (isNormal && this.#ongoing !== undefined) {
      this.#ongoing = undefined;
      this.#clearSpare(() => this.#parts.store.forget());
    }
  }

  /** Removes what another state has left behind, a little between two block calls, until a sync begins. */
  #clearSpare(end: () => Promise<void> = async () => undefined): void {
    this.#clearing = this.#clearing.then(() => this.#clear(end));
  }

  get #mayClear(): boolean {
    return !this.#isClosed && this.#ongoing === undefined;
  }

  async #clear(end: () => Promise<void>): Promise<void> {
    const {queue, store, logger} = this.#parts;
    try {
      await this.#work;
      while (this.#mayClear && (await queue.run(() => store.clearSpare())));
      if (this.#mayClear) await queue.run(end);
    } catch (error) {
      if (!this.#isClosed) logger.error('old state was not removed', errorFacts(error));
    }
  }

  /** Goes on with the removal that the last process did not finish. */
  resumeClearing(): void {
    if (this.#ongoing === undefined) this.#clearSpare();
  }

  /** What was kept stays for the next process. */
  close(): void {
    this.#isClosed = true;
    this.#running?.abort.abort();
  }
}
