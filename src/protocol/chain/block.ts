import {toBlockId, toHash} from '../bytes.ts';
import {bytes, type CodecValue, fixed, limited, list, struct, u64, versioned} from '../codec.ts';
import {MAX_BLOCK_BYTES, MAX_TX_BYTES} from './limits.ts';

/** A shorter transaction than this cannot exist; it bounds the count before any is decoded. */
const MIN_TX_BYTES = 3309;

/** A block as it travels; its id is SHA-256 of these bytes. SPEC.md §4.3. */
export const Block = limited(
  MAX_BLOCK_BYTES,
  versioned(
    0,
    struct('Block', {
      /** 32 zero bytes for genesis. */
      parentId: fixed(toBlockId),
      height: u64,
      /** Unix ms. */
      timestamp: u64,
      /** Root of the state map after this block. */
      stateRoot: fixed(toHash),
      /** Encoded transactions, in execution order. */
      txs: list(bytes({maxLength: MAX_TX_BYTES}), {
        maxLength: Math.floor(MAX_BLOCK_BYTES / MIN_TX_BYTES),
      }),
    }),
  ),
);
export type Block = CodecValue<typeof Block>;
