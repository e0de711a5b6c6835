import {
  type BlockId,
  concatBytes,
  type NodeId,
  type TxId,
  toBlockId,
  toChainId,
  toHash,
} from '../protocol/bytes.ts';
import {type CodecValue, encode, fixed, struct, u32, u64, versioned} from '../protocol/codec.ts';

/**
 * The key tree of the chain's database. SPEC.md §12. The node keeps it apart from everything else,
 * so it needs no prefix of its own. Integers are big-endian.
 *
 *   00                  → ChainIdentity, written once, with genesis
 *   01                  → LastAccepted
 *   02                  → AppliedUpgrades; absent as long as none was passed
 *   10 ‖ block id(32)   → the block's bytes
 *   11 ‖ height(8)      → id of the accepted block
 *   12 ‖ tx id(32)      → height of the accepted block that holds it
 *   20 ‖ state key      → value of the state after the last accepted block (src/protocol/chain/state-keys.ts)
 *   50                  → HistoryBounds (events/stored-event.ts)
 *   51 ‖ height(8) ‖ index(4)      → EventChunk: events of the block from this index on
 *   52 ‖ node id(20) ‖ ¬epoch(8)   → MissRecord; all bits of the epoch are turned: newest first
 */
export const IDENTITY_KEY = Uint8Array.of(0x00);
export const LAST_ACCEPTED_KEY = Uint8Array.of(0x01);
export const APPLIED_UPGRADES_KEY = Uint8Array.of(0x02);
export const STATE_PREFIX = Uint8Array.of(0x20);

export const HISTORY_BOUNDS_KEY = Uint8Array.of(0x50);
export const EVENT_PREFIX = Uint8Array.of(0x51);

const BLOCK_PREFIX = Uint8Array.of(0x10);
const HEIGHT_PREFIX = Uint8Array.of(0x11);
const TX_PREFIX = Uint8Array.of(0x12);
const MISS_PREFIX = Uint8Array.of(0x52);

export const blockKey = (id: BlockId): Uint8Array => concatBytes(BLOCK_PREFIX, id);
export const heightKey = (height: bigint): Uint8Array =>
  concatBytes(HEIGHT_PREFIX, encode(u64, height));
export const txKey = (id: TxId): Uint8Array => concatBytes(TX_PREFIX, id);
export const stateKey = (key: Uint8Array): Uint8Array => concatBytes(STATE_PREFIX, key);

export const eventKey = (height: bigint, index: number): Uint8Array =>
  concatBytes(EVENT_PREFIX, encode(u64, height), encode(u32, index));
export const missesPrefix = (nodeId: NodeId): Uint8Array => concatBytes(MISS_PREFIX, nodeId);

const MAX_U64 = (1n << 64n) - 1n;

/** Turns an epoch into its place in a node's misses, and back. */
export const turnedEpoch = (epoch: bigint): bigint => MAX_U64 - epoch;
export const missKey = (nodeId: NodeId, epoch: bigint): Uint8Array =>
  concatBytes(missesPrefix(nodeId), encode(u64, turnedEpoch(epoch)));

/** Version of this layout. Another number is refused, never guessed. */
const FORMAT_VERSION = 1;

/** Whose database this is. */
export const ChainIdentity = versioned(
  FORMAT_VERSION,
  struct('ChainIdentity', {
    networkId: u32,
    chainId: fixed(toChainId),
    /** SHA-256 of the genesis bytes. */
    genesisHash: fixed(toHash),
  }),
);
export type ChainIdentity = CodecValue<typeof ChainIdentity>;

export const LastAccepted = struct('LastAccepted', {id: fixed(toBlockId), height: u64});
export type LastAccepted = CodecValue<typeof LastAccepted>;
