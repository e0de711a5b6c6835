import type {NodeId} from '../protocol/bytes.ts';
import type {SignedReceipt} from '../protocol/overlay/receipt.ts';
import {ClientService, type NodeFacts} from './client-service.ts';
import {Coordinator} from './coordinator.ts';
import type {Defer} from './defer.ts';
import {Followers} from './followers.ts';
import {HandOver} from './hand-over.ts';
import {HintDrainer} from './hint-drainer.ts';
import {Hints} from './hints.ts';
import {HybridClock} from './hybrid-clock.ts';
import {MemberHealth} from './member-health.ts';
import {MemberRecords} from './member-records.ts';
import {MemberService} from './member-service.ts';
import type {ChainPlace} from './operation-checks.ts';
import {greatestStamp} from './operation-index.ts';
import {OwnerGate} from './owner-gate.ts';
import {PageCache} from './page-cache.ts';
import type {Clock, CommittedSet, Holders, MemberCaller, Swarms} from './ports.ts';
import {PullRepair} from './pull-repair.ts';
import {QuorumReader} from './quorum-reader.ts';
import {ReceiptDesk, type SignReceipts} from './receipt-desk.ts';
import {ReceiptInspector} from './receipt-inspector.ts';
import {RecordDatabase} from './record-database.ts';
import type {RecordStore} from './record-store.ts';
import {type Released, Releaser} from './releaser.ts';
import {Replicator} from './replicator.ts';
import {StampCeiling} from './stamp-ceiling.ts';
import {type SweepLimits, sweep} from './sweeper.ts';
import {WatchHub} from './watch-hub.ts';

export type MessagingInit = {
  readonly chain: ChainPlace;
  readonly nodeId: NodeId;
  readonly store: RecordStore;
  readonly swarms: Swarms;
  readonly members: MemberCaller;
  readonly facts: NodeFacts;
  readonly committed: CommittedSet;
  readonly clock: Clock;
  /** How far stamps may be from the own clock, in ms: `stampToleranceMs` of the chain's E. */
  readonly toleranceMs: bigint;
  readonly sign: SignReceipts;
  readonly isReceiptValid: (signed: SignedReceipt) => Promise<boolean>;
  readonly isStorageFull: () => boolean;
  readonly defer: Defer;
  readonly onError: (error: unknown) => void;
  /** Told how long a stamped operation took until a majority had it. */
  readonly onReplicated: (seconds: number) => void;
  /** Of a majority, in ms. */
  readonly timeoutMs?: number;
};

/** All of a service node's messaging over its records and its swarm. */
export type Messaging = {
  readonly clients: ClientService;
  readonly members: MemberService;
  readonly records: MemberRecords;
  readonly repair: PullRepair;
  readonly hints: HintDrainer;
  readonly followers: Followers;
  readonly health: MemberHealth;
  readonly hub: WatchHub;
  readonly ceiling: StampCeiling;
  /** Operations that members have not got yet. */
  pendingHints(): Promise<number>;
  /** Removes what no cut-off to come can hold; answers how much it looked at, 0 when done. */
  sweep(limits: SweepLimits): Promise<number>;
  /** Deletes what others hold by now, by the chain's word of each moment; nothing without one. */
  release(now: () => Holders | undefined, signal: AbortSignal): Promise<Released>;
};

export async function createMessaging(init: MessagingInit): Promise<Messaging> {
  const {chain, nodeId, swarms, members, clock, toleranceMs, timeoutMs} = init;
  const store = new PageCache(init.store);
  const ceiling = await StampCeiling.open({store, clock, toleranceMs});
  const fromMs = BigInt(clock.nowMs());
  const last = await greatestStamp(store, nodeId, {fromMs, toMs: fromMs + toleranceMs / 2n});
  const database = new RecordDatabase(store);
  const releaser = new Releaser({store, database}, await HandOver.open(store));
  const hub = new WatchHub();
  const health = new MemberHealth(clock);
  const hints = new Hints(store);
  const records = new MemberRecords({
    chain,
    nodeId,
    store,
    database,
    swarms,
    committed: init.committed,
    clock,
    hub,
    hybrid: new HybridClock({
      nodeId,
      nowMs: clock.nowMs,
      toleranceMs,
      last,
      givenUntilMs: ceiling.untilMs,
    }),
    gate: new OwnerGate(clock, init.defer),
    desk: new ReceiptDesk(init.sign, init.defer),
  });
  const repair = new PullRepair(records, members);
  const reader = new QuorumReader({records, members, health, repair, timeoutMs});
  const {isReceiptValid, isStorageFull, onError, onReplicated} = init;
  const followers = new Followers({members, health, hints, onError});
  const replicator = new Replicator({
    records,
    ceiling,
    members,
    health,
    hints,
    followers,
    inspector: new ReceiptInspector(isReceiptValid),
    defer: init.defer,
    onError,
    onReplicated,
    ...(timeoutMs === undefined ? {} : {timeoutMs}),
  });
  const coordinator = new Coordinator({records, replicator, isStorageFull});
  return {
    clients: new ClientService(records, {coordinator, reader, pages: store, facts: init.facts}),
    members: new MemberService(records, health, init.committed),
    records,
    repair,
    hints: new HintDrainer(records, {hints, members, health}),
    followers,
    health,
    hub,
    ceiling,
    pendingHints: () => hints.count(),
    sweep: (limits) => sweep({store, database}, limits),
    release: (now, signal) => releaser.run(now, signal),
  };
}
