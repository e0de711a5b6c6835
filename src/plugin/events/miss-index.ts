import type {NodeId} from '../../protocol/bytes.ts';
import {decode, encode, u64} from '../../protocol/codec.ts';
import {type KeyValueReader, prefixRange, type WriteOperation} from '../../storage/kv.ts';
import type {NodeJudgement} from '../../vm/judge.ts';
import {missesPrefix, missKey, turnedEpoch} from '../chain-keys.ts';
import {decodeStored} from '../decode-stored.ts';
import {isMiss} from './derive-events.ts';
import {MissRecord} from './stored-event.ts';

/** A miss with the epoch that was missed. */
export type Miss = MissRecord & {readonly epoch: bigint};

export type MissQuery = {
  readonly nodeId: NodeId;
  /** Misses of epochs before this one; undefined for the newest. */
  readonly before?: bigint | undefined;
  readonly limit: number;
};

/** Newest first; `isLast` when there are no older ones. */
export type MissPage = {readonly misses: readonly Miss[]; readonly isLast: boolean};

/** A node misses an epoch once, whenever that is booked: the later booking replaces the earlier. */
export function missWrites(
  judgements: readonly NodeJudgement[],
  height: bigint,
): readonly WriteOperation[] {
  return judgements.filter(isMiss).map((judgement) => {
    const {nodeId, epoch, reasons, burned, paidByCredit, excused} = judgement;
    const value = encode(MissRecord, {height, reasons, burned, paidByCredit, excused});
    return {type: 'put', key: missKey(nodeId, epoch), value};
  });
}

export async function pageOfMisses(
  database: KeyValueReader,
  {nodeId, before, limit}: MissQuery,
): Promise<MissPage> {
  const prefix = missesPrefix(nodeId);
  if (before === 0n) return {misses: [], isLast: true};
  const gte = before === undefined ? prefix : missKey(nodeId, before - 1n);
  const misses: Miss[] = [];
  for await (const [key, value] of database.iterate({...prefixRange(prefix), gte})) {
    if (misses.length === limit) return {misses, isLast: false};
    const epoch = turnedEpoch(decode(u64, key.subarray(prefix.length)));
    misses.push({epoch, ...decodeStored(MissRecord, value)});
  }
  return {misses, isLast: true};
}
