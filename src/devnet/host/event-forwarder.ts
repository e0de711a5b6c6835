import {setTimeout as sleep} from 'node:timers/promises';

/** What a VM may announce. */
export type VmEvent = 'buildBlock' | 'stateSyncFinished';

/** After an error that is no cancellation the hosts ask again this much later. */
const RETRY_MS = 100;

export type EventForwarder = {
  /** Cancels the open call, if there is one, and asks anew. */
  trigger(): void;
  /** Calls made so far; each trigger is at most one. */
  calls(): number;
  /** Cancels for good and waits until the open call has ended. */
  stop(): Promise<void>;
};

export type EventForwarderInit = {
  /** `WaitForEvent`; undefined stands for message 0, which a host warns about and drops. */
  readonly waitForEvent: (signal: AbortSignal) => Promise<VmEvent | undefined>;
  readonly onEvent: (event: VmEvent) => void;
  /** Errors other than our own cancellation. */
  readonly onError: (error: unknown) => void;
};

/**
 * The forwarder of a host: one long poll at a time, asked again only after a trigger. After an event
 * was delivered it waits for the next trigger, as avalanchego's does.
 */
export function startEventForwarder(init: EventForwarderInit): EventForwarder {
  const {waitForEvent, onEvent, onError} = init;
  let current = new AbortController();
  let calls = 0;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();

  const poll = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        calls++;
        const event = await waitForEvent(signal);
        if (!signal.aborted && event !== undefined) onEvent(event);
        return;
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await sleep(RETRY_MS, undefined, {signal}).catch(() => undefined);
      }
    }
  };
  const ask = (): void => {
    current = new AbortController();
    const {signal} = current;
    // The call before may still be unwinding; the hosts do not wait for it either.
    running = Promise.all([running, poll(signal)]).then(() => undefined);
  };
  ask();
  return {
    trigger() {
      if (isStopped) return;
      current.abort();
      ask();
    },
    calls: () => calls,
    async stop() {
      isStopped = true;
      current.abort();
      await running;
    },
  };
}
