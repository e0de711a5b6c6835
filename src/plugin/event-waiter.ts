import {PluginError} from './errors.ts';

/** What there may be to build. Times are Unix ms. */
export type WorkSource = {
  /** Whether BuildBlock would succeed at this instant. */
  hasWork(nowMs: bigint): boolean;
  /** The next instant at which `hasWork` can turn true although nothing happens. */
  nextWorkTime(nowMs: bigint): bigint;
};

/** What the node is told. */
export type WaitedEvent = 'work' | 'stateSyncFinished';

type Waiter = {resolve(event: WaitedEvent): void; reject(error: PluginError): void};

/** The longest delay that setTimeout takes; a longer wait asks again then. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The condition behind WaitForEvent: level-triggered, so that a cancelled call loses nothing.
 * While nobody waits nothing runs; while somebody does, there is one timer, for the next instant at
 * which time alone makes work. Everything else is told by `changed`. Host-protocol §3.4.
 */
export class EventWaiter {
  readonly #nowMs: () => bigint;
  readonly #waiting = new Set<Waiter>();
  #source: WorkSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSyncFinished = false;
  #isClosed = false;

  constructor(nowMs: () => bigint) {
    this.#nowMs = nowMs;
  }

  /** How many calls are open. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** From now on there may be work; undefined when there can be none (the node is bootstrapping). */
  setSource(source: WorkSource | undefined): void {
    this.#source = source;
    this.changed();
  }

  /** A state sync has ended, well or not: told until the node goes on to its next phase. */
  setSyncFinished(isFinished: boolean): void {
    this.#isSyncFinished = isFinished;
    this.changed();
  }

  /**
   * Resolves when there is work or a state sync has ended, at once if there is some now. Any number of calls may overlap.
   * @throws PluginError PLUGIN_CANCELLED by the signal, PLUGIN_STOPPED after `close`.
   */
  async wait(signal: AbortSignal): Promise<WaitedEvent> {
    if (this.#isClosed) throw new PluginError('PLUGIN_STOPPED');
    if (signal.aborted) throw new PluginError('PLUGIN_CANCELLED');
    const {promise, resolve, reject} = Promise.withResolvers<WaitedEvent>();
    const waiter: Waiter = {resolve, reject};
    const cancel = (): void => reject(new PluginError('PLUGIN_CANCELLED'));
    signal.addEventListener('abort', cancel, {once: true});
    this.#waiting.add(waiter);
    try {
      this.changed();
      return await promise;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#waiting.delete(waiter);
      if (this.#waiting.size === 0) this.#stopTimer();
    }
  }

  /** Something that work depends on is different: mempool, preference, accepted block, state. */
  changed(): void {
    this.#stopTimer();
    const source = this.#source;
    if (this.#waiting.size === 0) return;
    if (this.#isSyncFinished) {
      this.#tell('stateSyncFinished');
      return;
    }
    if (source === undefined) return;
    const nowMs = this.#nowMs();
    if (source.hasWork(nowMs)) {
      this.#tell('work');
      return;
    }
    const delayMs = source.nextWorkTime(nowMs) - nowMs;
    // A timer may fire a little before its time: at least 1 ms, or it would spin.
    const clamped = Math.min(Math.max(Number(delayMs), 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.changed(), clamped);
  }

  #tell(event: WaitedEvent): void {
    for (const waiter of this.#waiting) waiter.resolve(event);
    this.#waiting.clear();
  }

  /** Ends every open call with PLUGIN_STOPPED, and every later one. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    for (const waiter of this.#waiting) waiter.reject(new PluginError('PLUGIN_STOPPED'));
    this.#waiting.clear();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
