import type {KeyValueReader, WriteOperation} from '../storage/kv.ts';

/** Reads, and one durable write that others may share. */
export type RecordStore = KeyValueReader & {
  /** All or nothing, on disk when it resolves. */
  write(writes: readonly WriteOperation[]): Promise<void>;
};
