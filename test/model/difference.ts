import {
  AmnestyHistory,
  DutyNote,
  FaultRecord,
  LeavingRecord,
  MaintenanceRecord,
  SwarmHistory,
  TransportKeys,
  WitnessRecord,
} from '../../src/protocol/chain/sparse-records.ts';
import {
  Account,
  Duty,
  EpochState,
  ServiceNode,
  ServiceNodeKeys,
  SwarmEpoch,
  SwarmSeat,
  Tally,
  Totals,
} from '../../src/protocol/chain/state-records.ts';
import {type Codec, decode} from '../../src/protocol/codec.ts';
import type {Hex} from '../reference/hex.ts';

const RECORDS: Readonly<Record<Hex, Codec<unknown>>> = {
  '01': EpochState,
  '02': Totals,
  '03': AmnestyHistory,
  '10': Account,
  '20': ServiceNode,
  '21': ServiceNodeKeys,
  '22': TransportKeys,
  '23': WitnessRecord,
  '24': MaintenanceRecord,
  '25': FaultRecord,
  '26': LeavingRecord,
  '30': SwarmSeat,
  '31': SwarmHistory,
  '40': Duty,
  '41': SwarmEpoch,
  '42': Tally,
  '43': DutyNote,
} as unknown as Readonly<Record<Hex, Codec<unknown>>>;

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Uint8Array)) return value;
  const text = Buffer.from(value).toString('hex');
  return text.length > 64 ? `${text.slice(0, 64)}… (${text.length / 2} bytes)` : text;
}

const show = (value: unknown): string => JSON.stringify(value, plain) ?? 'absent';

function decoded(key: Hex, value: Hex | undefined): unknown {
  const codec = RECORDS[key.slice(0, 2)];
  if (value === undefined || codec === undefined) return value;
  try {
    return decode(codec, Buffer.from(value, 'hex'));
  } catch {
    return value;
  }
}

/** Two values of one key, field by field where they differ. */
export function explainDifference(key: Hex, reference: Hex | undefined, machine: Hex | undefined) {
  const codec = RECORDS[key.slice(0, 2)] as unknown as {readonly name?: string} | undefined;
  const name = codec?.name ?? 'record';
  const [ours, theirs] = [decoded(key, reference), decoded(key, machine)];
  const lines = [`${name} ${key}`];
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) {
    return [...lines, `  reference: ${show(ours)}`, `  src/vm:    ${show(theirs)}`].join('\n');
  }
  for (const [field, value] of Object.entries(ours)) {
    const [a, b] = [show(value), show((theirs as Record<string, unknown>)[field])];
    if (a !== b) lines.push(`  ${field}: reference ${a}, src/vm ${b}`);
  }
  return [...lines, `  all of the reference: ${show(ours)}`].join('\n');
}
