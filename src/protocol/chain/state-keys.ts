import {type Address, concatBytes, type Hash, type NodeId, toNodeId, u32At} from '../bytes.ts';

/**
 * The key tree of the whole state. SPEC.md §8. The first byte is the kind, and every kind has one
 * length, so no key is the beginning of another. Integers are big-endian: key order is their order.
 *
 *   01                                    → EpochState
 *   02                                    → Totals
 *   03                                    → AmnestyHistory, if any
 *   10 ‖ address(20)                      → Account
 *   11 ‖ address(20)                      → ML-DSA-65 public key of the account
 *   20 ‖ nodeId(20)                       → ServiceNode
 *   21 ‖ nodeId(20)                       → ServiceNodeKeys
 *   22 ‖ nodeId(20)                       → TransportKeys, if any
 *   23 ‖ nodeId(20)                       → WitnessRecord, if any
 *   24 ‖ nodeId(20)                       → MaintenanceRecord, if any
 *   25 ‖ nodeId(20)                       → FaultRecord, if any
 *   26 ‖ nodeId(20)                       → LeavingRecord, if any
 *   30 ‖ swarmId(4) ‖ nodeId(20)          → SwarmSeat
 *   31 ‖ swarmId(4)                       → SwarmHistory, if any
 *   40 ‖ epoch(8) ‖ swarmId(4) ‖ nodeId   → Duty         (running and previous epoch only)
 *   41 ‖ epoch(8) ‖ swarmId(4)            → SwarmEpoch   (likewise)
 *   42 ‖ epoch(8) ‖ swarmId(4) ‖ C(32)    → Tally        (likewise)
 *   43 ‖ epoch(8) ‖ swarmId(4) ‖ nodeId   → DutyNote     (likewise), if any
 */
export const EPOCH_STATE_KEY = Uint8Array.of(0x01);
export const TOTALS_KEY = Uint8Array.of(0x02);
export const AMNESTY_KEY = Uint8Array.of(0x03);
export const ACCOUNT_PREFIX = Uint8Array.of(0x10);
export const ACCOUNT_KEY_PREFIX = Uint8Array.of(0x11);
export const SERVICE_NODE_PREFIX = Uint8Array.of(0x20);
export const SERVICE_NODE_KEYS_PREFIX = Uint8Array.of(0x21);
export const TRANSPORT_KEYS_PREFIX = Uint8Array.of(0x22);
export const WITNESS_PREFIX = Uint8Array.of(0x23);
export const MAINTENANCE_PREFIX = Uint8Array.of(0x24);
export const FAULT_PREFIX = Uint8Array.of(0x25);
export const LEAVING_PREFIX = Uint8Array.of(0x26);
export const SEAT_PREFIX = Uint8Array.of(0x30);
export const SWARM_HISTORY_PREFIX = Uint8Array.of(0x31);
export const DUTY_PREFIX = Uint8Array.of(0x40);
export const SWARM_EPOCH_PREFIX = Uint8Array.of(0x41);
export const TALLY_PREFIX = Uint8Array.of(0x42);
export const DUTY_NOTE_PREFIX = Uint8Array.of(0x43);

export function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

export function u64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

export const accountKey = (address: Address): Uint8Array => concatBytes(ACCOUNT_PREFIX, address);
export const accountPublicKeyKey = (address: Address): Uint8Array =>
  concatBytes(ACCOUNT_KEY_PREFIX, address);
export const serviceNodeKey = (nodeId: NodeId): Uint8Array =>
  concatBytes(SERVICE_NODE_PREFIX, nodeId);
export const serviceNodeKeysKey = (nodeId: NodeId): Uint8Array =>
  concatBytes(SERVICE_NODE_KEYS_PREFIX, nodeId);

/** A record kept per node beside the two main ones. */
export const nodeKey = (prefix: Uint8Array, nodeId: NodeId): Uint8Array =>
  concatBytes(prefix, nodeId);

export const swarmHistoryKey = (swarmId: number): Uint8Array =>
  concatBytes(SWARM_HISTORY_PREFIX, u32Bytes(swarmId));

export const swarmSeatsPrefix = (swarmId: number): Uint8Array =>
  concatBytes(SEAT_PREFIX, u32Bytes(swarmId));
export const seatKey = (swarmId: number, nodeId: NodeId): Uint8Array =>
  concatBytes(SEAT_PREFIX, u32Bytes(swarmId), nodeId);

/**
 * The node that a key ends with. PERF: a copy; V8 gives a short array a buffer of its own when it is viewed,
 * which costs five times as much.
 */
export const nodeIdOf = (key: Uint8Array): NodeId => toNodeId(key.slice(-toNodeId.byteLength));

/** A swarm in an epoch: the beginning of its duty, tally and swarm-epoch keys. */
export type SwarmInEpoch = {readonly epoch: bigint; readonly swarmId: number};

/** epoch(8) ‖ swarmId(4), written anew for each key. PERF: three small arrays cost more than a key. */
const place = new Uint8Array(12);
const placeView = new DataView(place.buffer);

/** The prefix, the place, and what comes after it. */
function inEpoch(
  prefix: Uint8Array,
  {epoch, swarmId}: SwarmInEpoch,
  rest?: Uint8Array,
): Uint8Array {
  placeView.setBigUint64(0, epoch);
  placeView.setUint32(8, swarmId);
  return rest === undefined ? concatBytes(prefix, place) : concatBytes(prefix, place, rest);
}

export const epochPrefix = (prefix: Uint8Array, epoch: bigint): Uint8Array =>
  concatBytes(prefix, u64Bytes(epoch));
export const swarmDutiesPrefix = (at: SwarmInEpoch): Uint8Array => inEpoch(DUTY_PREFIX, at);
export const dutyKey = (at: SwarmInEpoch, nodeId: NodeId): Uint8Array =>
  inEpoch(DUTY_PREFIX, at, nodeId);
export const swarmEpochKey = (at: SwarmInEpoch): Uint8Array => inEpoch(SWARM_EPOCH_PREFIX, at);
export const swarmTalliesPrefix = (at: SwarmInEpoch): Uint8Array => inEpoch(TALLY_PREFIX, at);
export const tallyKey = (at: SwarmInEpoch, c: Hash): Uint8Array => inEpoch(TALLY_PREFIX, at, c);

export const swarmDutyNotesPrefix = (at: SwarmInEpoch): Uint8Array => inEpoch(DUTY_NOTE_PREFIX, at);
/** Epoch and swarm of a key that begins with them. */
export const epochOf = (key: Uint8Array): bigint =>
  (BigInt(u32At(key, 1)) << 32n) | BigInt(u32At(key, 5));
export const swarmIdOf = (key: Uint8Array): number => u32At(key, 9);
export const dutyNoteKey = (at: SwarmInEpoch, nodeId: NodeId): Uint8Array =>
  inEpoch(DUTY_NOTE_PREFIX, at, nodeId);
