import {MAX_TX_BYTES} from '../protocol/chain/limits.ts';
import {
  bytes,
  type CodecValue,
  limited,
  list,
  struct,
  union,
  versioned,
} from '../protocol/codec.ts';

/** Longest gossip, in bytes: half of what the nodes' frames hold. */
export const MAX_GOSSIP_BYTES = 1_048_576;
/** The shortest transaction has a signature of 3309 bytes. */
export const MAX_BATCH_TXS = Math.floor(MAX_GOSSIP_BYTES / 3309);
/** Version and type id of the message around it. */
const HEADER_BYTES = 6;

/** Encoded transactions that travel together. */
export const TxBatch = limited(
  MAX_GOSSIP_BYTES - HEADER_BYTES,
  struct('TxBatch', {
    /** In the order in which they were admitted. */
    txs: list(bytes({maxLength: MAX_TX_BYTES}), {maxLength: MAX_BATCH_TXS}),
  }),
);
export type TxBatch = CodecValue<typeof TxBatch>;

/** AppGossip between nodes of one chain. Type ids are append-only. SPEC.md §12. */
export const GossipMessage = versioned(
  0,
  union('GossipMessage', {
    txs: {typeId: 0, codec: TxBatch},
  }),
);
export type GossipMessage = CodecValue<typeof GossipMessage>;
