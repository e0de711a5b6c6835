import {bytesToKey, toSessionId} from '../protocol/bytes.ts';
import {encode, fixed, i16, struct} from '../protocol/codec.ts';
import type {InboxRecord} from '../protocol/overlay/client-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {MessagingError} from './errors.ts';

const MAX_WATCHES = 10_000;
/** Records that one slow reader may lag behind before its watch ends. */
const MAX_QUEUED = 256;

const WatchedPlace = struct('WatchedPlace', {account: fixed(toSessionId), namespace: i16});
const placeOf = ({account, namespace}: InboxRef): string =>
  bytesToKey(encode(WatchedPlace, {account, namespace}));

type Watch = {push(record: InboxRecord): void};

export type Watched = {
  readonly records: AsyncIterable<InboxRecord>;
  /** Must be called, whether the records were read or not. */
  close(): void;
};

/** Tells those who watch an inbox what has just been stored in it. */
export class WatchHub {
  readonly #watches = new Map<string, Set<Watch>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  isWatched(inbox: InboxRef): boolean {
    return this.#watches.has(placeOf(inbox));
  }

  publish(inbox: InboxRef, record: InboxRecord): void {
    for (const watch of this.#watches.get(placeOf(inbox)) ?? []) watch.push(record);
  }

  /**
   * What is stored from now on, until the signal aborts. It listens from the call on.
   * @throws MessagingError MESSAGING_TOO_MANY_WATCHES, also when the reader lags too far behind.
   */
  watch(inbox: InboxRef, signal: AbortSignal): Watched {
    if (this.#count >= MAX_WATCHES) throw new MessagingError('MESSAGING_TOO_MANY_WATCHES');
    const queue: InboxRecord[] = [];
    let wake: (() => void) | undefined;
    let hasLagged = false;
    const watch: Watch = {
      push(record) {
        if (queue.length >= MAX_QUEUED) hasLagged = true;
        else queue.push(record);
        wake?.();
      },
    };
    const leave = this.#join(placeOf(inbox), watch);
    signal.addEventListener('abort', () => wake?.(), {once: true});
    async function* records(): AsyncGenerator<InboxRecord, void, undefined> {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
        if (signal.aborted) return;
        if (hasLagged) throw new MessagingError('MESSAGING_TOO_MANY_WATCHES', {reason: 'too slow'});
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || signal.aborted) resolve();
        });
      }
    }
    return {records: records(), close: leave};
  }

  #join(place: string, watch: Watch): () => void {
    const watches = this.#watches.get(place) ?? new Set();
    watches.add(watch);
    this.#watches.set(place, watches);
    this.#count += 1;
    return () => {
      if (!watches.delete(watch)) return;
      this.#count -= 1;
      if (watches.size === 0) this.#watches.delete(place);
    };
  }
}
