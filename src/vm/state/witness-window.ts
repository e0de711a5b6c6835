import {u32At} from '../../protocol/bytes.ts';
import {WITNESS_WINDOW} from '../../protocol/chain/limits.ts';
import {recordBytes} from './record.ts';

/**
 * WitnessRecords as bytes. PERF: every epoch changes one entry of thirty in the record of every witness;
 * decoding and encoding all thirty costs twenty times as much.
 *
 *   count(4) ‖ count × (reports(2) ‖ disagreements(2)) ‖ excludedUntil(8)
 */
export type WitnessEpoch = {readonly reports: number; readonly disagreements: number};

const COUNT_BYTES = 4;
const EPOCH_BYTES = 4;
const UNTIL_BYTES = 8;
const WINDOW_BYTES = WITNESS_WINDOW * EPOCH_BYTES;
const NO_EPOCHS = new Uint8Array(COUNT_BYTES + UNTIL_BYTES);
const MAX_U16 = 0xffff;

/** The record's last field. */
export function excludedUntilOf(record: Uint8Array): bigint {
  const at = record.length - UNTIL_BYTES;
  const [high, low] = [u32At(record, at), u32At(record, at + 4)];
  if (high === 0 && low === 0) return 0n; // of nearly all
  return (BigInt(high) << 32n) | BigInt(low);
}

const epochsOf = (record: Uint8Array): Uint8Array => record.subarray(COUNT_BYTES, -UNTIL_BYTES);

/** The record with one more epoch; the oldest goes when the window is full. */
export function withEpoch(
  record: Uint8Array = NO_EPOCHS,
  {reports, disagreements}: WitnessEpoch,
): Uint8Array {
  const epochs = epochsOf(record);
  const kept = epochs.length < WINDOW_BYTES ? epochs : epochs.subarray(EPOCH_BYTES);
  const next = recordBytes.take(COUNT_BYTES + kept.length + EPOCH_BYTES + UNTIL_BYTES);
  const view = new DataView(next.buffer, next.byteOffset);
  view.setUint32(0, kept.length / EPOCH_BYTES + 1);
  next.set(kept, COUNT_BYTES);
  view.setUint16(COUNT_BYTES + kept.length, Math.min(MAX_U16, reports));
  view.setUint16(COUNT_BYTES + kept.length + 2, Math.min(MAX_U16, disagreements));
  next.set(record.subarray(-UNTIL_BYTES), next.length - UNTIL_BYTES);
  return next;
}

/** Whether the window is full and more than half of its reports disagree. */
export function isMostlyWrong(record: Uint8Array): boolean {
  const epochs = epochsOf(record);
  if (epochs.length < WINDOW_BYTES) return false;
  const view = new DataView(epochs.buffer, epochs.byteOffset, epochs.length);
  let [reports, disagreements] = [0, 0];
  for (let at = 0; at < epochs.length; at += EPOCH_BYTES) {
    reports += view.getUint16(at);
    disagreements += view.getUint16(at + 2);
  }
  return disagreements * 2 > reports;
}
