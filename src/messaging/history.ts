import {toHash} from '../protocol/bytes.ts';
import {
  type CodecValue,
  fixed,
  list,
  struct,
  u32,
  u64,
  union,
  versioned,
} from '../protocol/codec.ts';
import {MAX_HISTORY, Stamp} from '../protocol/stored-record.ts';

/** One operation as folding sees it. */
export const HistoryItem = struct('HistoryItem', {
  stamp: Stamp,
  /** Cut-offs from here on know it, Unix ms: its stamp's clock, later when it came too late. */
  sinceMs: u64,
  id: fixed(toHash),
  change: union('Change', {
    store: {
      typeId: 0,
      codec: struct('StoreChange', {expiryMs: u64, size: u32, dataHash: fixed(toHash)}),
    },
    delete: {typeId: 1, codec: struct('DeleteChange', {})},
  }),
});
export type HistoryItem = CodecValue<typeof HistoryItem>;

/** All operations on one message id (in an outbox: on all of its ids), in order of stamp. */
export const History = versioned(
  0,
  struct('History', {items: list(HistoryItem, {maxLength: MAX_HISTORY})}),
);
export type History = CodecValue<typeof History>;
