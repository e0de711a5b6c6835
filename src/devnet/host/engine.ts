import {setTimeout as sleep} from 'node:timers/promises';
import {DevnetError} from '../errors.ts';
import {type EventForwarder, startEventForwarder, type VmEvent} from './event-forwarder.ts';
import type {Mutex} from './mutex.ts';
import {isCancelled} from './unary-client.ts';
import type {VmClient} from './vm-client.ts';
import {type BuiltBlock, type ChainHead, SYNC_MODE, VM_MESSAGE, VM_STATE} from './vm-messages.ts';

/** A block that the one validator of this host has decided. */
export type DecidedBlock = Pick<BuiltBlock, 'id' | 'parentId' | 'height' | 'bytes' | 'timestamp'>;

export type EngineInit = {
  readonly vm: VmClient;
  readonly lock: Mutex;
  /** The node's own id: it is the first peer that the VM hears of. */
  readonly nodeId: Uint8Array;
  /** The last accepted block by Initialize. */
  readonly head: ChainHead;
  /** Sent with BuildBlock, as a proposer does; undefined leaves it out. */
  readonly pChainHeight?: bigint;
  /** The summary that the other nodes agree on; undefined when they know of none. */
  readonly agreedSummary?: () => Promise<Uint8Array | undefined>;
  /** The other nodes' blocks after this one, oldest first: the VM executes them before it is ready. */
  readonly missingBlocks?: (head: ChainHead) => AsyncIterable<Uint8Array>;
  readonly onAccepted?: (block: DecidedBlock) => void;
  /** A block that was not built or not accepted; the loop goes on. */
  readonly onError?: (error: unknown) => void;
};

export type Engine = {
  readonly forwarder: EventForwarder;
  /** Builds, verifies and accepts one block now, with or without an event. */
  buildAndAccept(): Promise<DecidedBlock>;
  acceptedCount(): number;
  /** Ends the event loop and waits for the block in work. */
  stop(): Promise<void>;
};

const EVENTS: ReadonlyMap<number, VmEvent> = new Map([
  [VM_MESSAGE.buildBlock, 'buildBlock'],
  [VM_MESSAGE.stateSyncFinished, 'stateSyncFinished'],
]);

/** BuildBlock that fails is asked again by the next event; this keeps a refusing VM from spinning. */
const REFUSED_BUILD_PAUSE_MS = 20;

function createBlockMaker(init: EngineInit, forwarder: () => EventForwarder) {
  const {vm, lock, pChainHeight} = init;
  const context = pChainHeight === undefined ? {} : {pChainHeight: String(pChainHeight)};
  return (): Promise<DecidedBlock> =>
    lock(async () => {
      const block = await vm.call('BuildBlock', context).catch(async (error: unknown) => {
        await sleep(REFUSED_BUILD_PAUSE_MS);
        forwarder().trigger();
        throw error;
      });
      forwarder().trigger();
      const {id, bytes, verifyWithContext} = block;
      await vm.call('BlockVerify', {bytes, ...(verifyWithContext ? context : {})});
      await vm.call('SetPreference', {id});
      forwarder().trigger();
      await vm.call('BlockAccept', {id});
      return block;
    });
}

type Ports = {
  readonly forwarder: EventForwarder;
  /** Resolves with the next event of this kind. */
  syncFinished(): Promise<void>;
};

/** Parse, verify and accept, as a node does with the blocks that it has missed. */
async function executeMissing({vm, missingBlocks}: EngineInit, head: ChainHead) {
  let last = head.lastAcceptedId;
  for await (const bytes of missingBlocks?.(head) ?? []) {
    const {id} = await vm.call('ParseBlock', {bytes});
    await vm.call('BlockVerify', {bytes});
    await vm.call('BlockAccept', {id});
    last = id;
  }
  return last;
}

/** Brings the VM to normal operation in the order of host-protocol §3.1, 6–12. */
async function bringUp(init: EngineInit, {forwarder, syncFinished}: Ports) {
  const {vm, lock, nodeId, agreedSummary} = init;
  const call = <T>(task: () => Promise<T>): Promise<T> => lock(task);
  const setState = async (state: number): Promise<ChainHead> => {
    try {
      return await call(() => vm.call('SetState', {state}));
    } finally {
      forwarder.trigger();
    }
  };
  const {enabled} = await call(() => vm.call('StateSyncEnabled', {}));
  if (enabled) await setState(VM_STATE.stateSyncing);
  await call(() =>
    vm.call('Connected', {nodeId, name: 'sessionvm-devnet', major: 1, minor: 0, patch: 0}),
  );
  const bytes = enabled ? await agreedSummary?.() : undefined;
  if (bytes !== undefined) {
    const finished = syncFinished();
    const {mode} = await call(() => vm.call('StateSummaryAccept', {bytes}));
    if (mode === SYNC_MODE.static) await finished;
    else if (mode !== SYNC_MODE.skipped) throw new DevnetError('DEVNET_STATE', {syncMode: mode});
  }
  const head = await setState(VM_STATE.bootstrapping);
  const id = await call(() => executeMissing(init, head));
  await call(() => vm.call('SetPreference', {id}));
  forwarder.trigger();
  await setState(VM_STATE.normalOp);
}

/** The consensus of one validator that agrees with itself: every event becomes an accepted block. */
export async function startEngine(init: EngineInit): Promise<Engine> {
  const {vm, onAccepted, onError} = init;
  let accepted = 0;
  let isOpen = false;
  let isStopped = false;
  let work: Promise<unknown> = Promise.resolve();
  const synced = Promise.withResolvers<void>();
  synced.promise.catch(() => undefined);
  const report = (error: unknown): void => {
    if (isStopped || isCancelled(error)) return;
    // Whoever waits for the end of a state sync would wait for ever on a plugin that is gone.
    synced.reject(error);
    onError?.(error);
  };
  const buildAndAccept = async (): Promise<DecidedBlock> => {
    const block = await makeBlock();
    accepted++;
    onAccepted?.(block);
    return block;
  };
  const onEvent = (event: VmEvent): void => {
    if (event === 'stateSyncFinished') synced.resolve();
    // While bootstrapping the hosts drop the event; the trigger of normal operation asks again.
    if (event !== 'buildBlock' || !isOpen || isStopped) return;
    work = buildAndAccept().catch(report);
  };
  const forwarder = startEventForwarder({
    waitForEvent: async (signal) =>
      EVENTS.get((await vm.call('WaitForEvent', {}, {signal})).message),
    onEvent,
    onError: report,
  });
  const makeBlock = createBlockMaker(init, () => forwarder);
  try {
    await bringUp(init, {forwarder, syncFinished: () => synced.promise});
  } catch (error) {
    await forwarder.stop();
    throw error;
  }
  isOpen = true;
  return {
    forwarder,
    buildAndAccept,
    acceptedCount: () => accepted,
    async stop() {
      isStopped = true;
      await forwarder.stop();
      await work;
    },
  };
}
