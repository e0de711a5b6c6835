import type {ApiContext} from './api-context.ts';
import type {ChainStore} from './chain-store.ts';
import type {ChainHistory} from './events/chain-history.ts';
import type {EventServer} from './events/event-server.ts';
import type {PluginMetrics} from './metrics.ts';
import type {PeerParts} from './peers/create-peers.ts';
import type {SerialQueue} from './serial-queue.ts';
import type {SignatureChecker} from './signature-checker.ts';
import type {Pruner} from './sync/pruner.ts';
import type {StateSync} from './sync/state-sync.ts';
import type {SummaryShelf} from './sync/summary-shelf.ts';
import type {TxAdmission} from './tx-admission.ts';

/** Everything between Initialize and Shutdown of one chain. */
export type RunningChain = ApiContext &
  PeerParts & {
    readonly store: ChainStore;
    readonly history: ChainHistory;
    /** Clients that follow the history over WebSocket. */
    readonly events: EventServer;
    readonly checker: SignatureChecker;
    readonly admission: TxAdmission;
    readonly metrics: PluginMetrics;
    /** States that others may sync to. */
    readonly shelf: SummaryShelf;
    /** This node's own syncing to a state of others. */
    readonly sync: StateSync;
    /** Undefined: all blocks are kept. */
    readonly pruner: Pruner | undefined;
    /** Block calls, one at a time. */
    readonly queue: SerialQueue;
    /** Tells those who wait for an event that something is different. */
    workChanged(): void;
    /** Lets go of connections and timers. */
    close(): Promise<void>;
  };
