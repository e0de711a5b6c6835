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
const MAX_TXS = Math.floor(MAX_GOSSIP_BYTES / 3309);

/** AppGossip between nodes of one chain. Type ids are append-only. SPEC.md §13. */
export const GossipMessage = limited(
  MAX_GOSSIP_BYTES,
  versioned(
    0,
    union('GossipMessage', {
      txs: {
        typeId: 0,
        codec: struct('TxGossip', {
          /** Encoded transactions, in the order in which they were admitted. */
          txs: list(bytes({maxLength: MAX_TX_BYTES}), {maxLength: MAX_TXS}),
        }),
      },
    }),
  ),
);
export type GossipMessage = CodecValue<typeof GossipMessage>;
