import {
  type BlockId,
  concatBytes,
  type NodeId,
  type TxId,
  toBlockId,
  toChainId,
  toHash,
} from '../protocol/bytes.ts';
import {StateSummary} from '../protocol/chain/state-summary.ts';
import {
  type CodecValue,
  encode,
  fixed,
  list,
  oneOf,
  struct,
  u32,
  u64,
  versioned,
} from '../protocol/codec.ts';

/**
 * The key tree of the chain's database. SPEC.md §12. The node keeps it apart from everything else,
 * so it needs no prefix of its own. Integers are big-endian.
 *
 *   00                  → ChainIdentity, written once, with genesis
 *   01                  → LastAccepted
 *   02                  → AppliedUpgrades; absent as long as none was passed
 *   03                  → StateSlot; absent is slot 0
 *   04                  → StateSummary that is being synced to; absent when none is
 *   05                  → RecentSummaries; absent before the first
 *   10 ‖ block id(32)   → the block's bytes
 *   11 ‖ height(8)      → id of the accepted block
 *   12 ‖ tx id(32)      → height of the accepted block that holds it
 *   20 ‖ state key      → slot 0: value of the state after the last accepted block (src/protocol/chain/state-keys.ts)
 *   21 ‖ state key      → slot 1, likewise
 *   50                  → HistoryBounds (events/stored-event.ts)
 *   51 ‖ height(8) ‖ index(4)      → EventChunk: events of the block from this index on
 *   52 ‖ node id(20) ‖ ¬epoch(8)   → MissRecord; all bits of the epoch are turned: newest first
 *
 * One slot has the state. The other is where a state that is being synced to grows; when it is whole,
 * StateSlot turns to it in the batch that moves LastAccepted. What is in the spare slot otherwise is
 * left over and goes, a batch at a time.
 */
export const IDENTITY_KEY = Uint8Array.of(0x00);
export const LAST_ACCEPTED_KEY = Uint8Array.of(0x01);
export const APPLIED_UPGRADES_KEY = Uint8Array.of(0x02);
export const STATE_SLOT_KEY = Uint8Array.of(0x03);
export const ONGOING_SYNC_KEY = Uint8Array.of(0x04);
export const RECENT_SUMMARIES_KEY = Uint8Array.of(0x05);

export const HISTORY_BOUNDS_KEY = Uint8Array.of(0x50);
export const EVENT_PREFIX = Uint8Array.of(0x51);

const BLOCK_PREFIX = Uint8Array.of(0x10);
export const HEIGHT_PREFIX = Uint8Array.of(0x11);
const TX_PREFIX = Uint8Array.of(0x12);
const MISS_PREFIX = Uint8Array.of(0x52);

export const blockKey = (id: BlockId): Uint8Array => concatBytes(BLOCK_PREFIX, id);
export const heightKey = (height: bigint): Uint8Array =>
  concatBytes(HEIGHT_PREFIX, encode(u64, height));
export const txKey = (id: TxId): Uint8Array => concatBytes(TX_PREFIX, id);
/** Which of the two places the state is in. */
export type StateSlotNumber = 0 | 1;
export const statePrefix = (slot: StateSlotNumber): Uint8Array => Uint8Array.of(0x20 + slot);
export const stateKey = (slot: StateSlotNumber, key: Uint8Array): Uint8Array =>
  concatBytes(statePrefix(slot), key);
export const spareOf = (slot: StateSlotNumber): StateSlotNumber => (slot === 0 ? 1 : 0);

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

export const StateSlot = versioned(
  0,
  struct('StateSlot', {slot: oneOf<StateSlotNumber>('slot', [0, 1])}),
);
export type StateSlot = CodecValue<typeof StateSlot>;

/** How many of the last epochs' first states others may sync to. */
export const MAX_SUMMARIES = 4;

/** The newest summaries, oldest first: blocks from the first of them on are never pruned. */
export const RecentSummaries = versioned(
  0,
  struct('RecentSummaries', {summaries: list(StateSummary, {maxLength: MAX_SUMMARIES})}),
);
export type RecentSummaries = CodecValue<typeof RecentSummaries>;
