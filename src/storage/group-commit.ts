import type {KeyValueStore, WriteOperation} from './kv.ts';

/** What one batch carries at most: a larger one would hold those who wait for too long. */
const MOST_OPERATIONS = 4096;
const MOST_BYTES = 4 * 1024 * 1024;

export type GroupCommit = {
  /** All of it or nothing, on disk when it resolves. @throws StorageError */
  write(writes: readonly WriteOperation[]): Promise<void>;
  /** Waits for what is under way. Later writes are the store's to refuse. */
  close(): Promise<void>;
};

type Waiting = {
  readonly writes: readonly WriteOperation[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

function sizeOf(writes: readonly WriteOperation[]): number {
  let bytes = 0;
  for (const write of writes) {
    bytes += write.key.length + (write.type === 'put' ? write.value.length : 0);
  }
  return bytes;
}

/** The first of those who wait, as many as fit one batch, in order. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let [operations, bytes, count] = [0, 0, 0];
  for (const each of waiting) {
    operations += each.writes.length;
    bytes += each.bytes;
    if (count > 0 && (operations > MOST_OPERATIONS || bytes > MOST_BYTES)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/**
 * Durable writes at the price of few: while the disk works on one batch, the writes that come gather
 * for the next, so that a sync is shared by all who wait for one. A batch that fails refuses exactly
 * the writes in it, with the store's error; the next is tried again.
 */
export function createGroupCommit(store: Pick<KeyValueStore, 'batch'>): GroupCommit {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function commit(group: readonly Waiting[]): Promise<void> {
    try {
      await store.batch(
        group.flatMap(({writes}) => writes),
        {sync: true},
      );
    } catch (error) {
      for (const {reject} of group) reject(error);
      return;
    }
    for (const {resolve} of group) resolve();
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) await commit(takeGroup(waiting));
    running = undefined;
  }

  return {
    write: (writes) =>
      new Promise((resolve, reject) => {
        waiting.push({writes, bytes: sizeOf(writes), resolve, reject});
        // Those of the same turn of the loop share the first batch.
        running ??= new Promise<void>((begin) => void setImmediate(begin)).then(run);
      }),
    async close() {
      while (running !== undefined) await running;
    },
  };
}
