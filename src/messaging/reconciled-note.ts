import {encode, struct, u8, u32, u64, versioned} from '../protocol/codec.ts';
import type {KeyValueReader, WriteOperation} from '../storage/kv.ts';
import {currentNote, noteKey} from './local-notes.ts';
import type {SwarmPlace} from './record-space.ts';

/** How far this member has reconciled with the members of which swarm, Unix ms. */
const Reconciled = versioned(
  1,
  struct('Reconciled', {untilMs: u64, swarmId: u32, swarmExponent: u8}),
);
const KEY = noteKey('reconciled');

const isSame = (a: SwarmPlace, b: SwarmPlace): boolean =>
  a.swarmId === b.swarmId && a.swarmExponent === b.swarmExponent;

/** Up to when; 0 in a swarm that it was not in before: a split or a merge has made it another. */
export async function reconciledUntilMs(store: KeyValueReader, swarm: SwarmPlace): Promise<bigint> {
  const last = await currentNote(store, KEY, Reconciled);
  return last !== undefined && isSame(last, swarm) ? last.untilMs : 0n;
}

export function reconciledWrite(
  {swarmId, swarmExponent}: SwarmPlace,
  untilMs: bigint,
): WriteOperation {
  return {type: 'put', key: KEY, value: encode(Reconciled, {untilMs, swarmId, swarmExponent})};
}

/**
 * What makes this member reconcile from the beginning if it comes back to a swarm that it is not in:
 * before records of other swarms go.
 */
export async function forgetOtherSwarm(
  store: KeyValueReader,
  own: SwarmPlace | undefined,
): Promise<readonly WriteOperation[]> {
  const last = await currentNote(store, KEY, Reconciled);
  if (last === undefined || (own !== undefined && isSame(last, own))) return [];
  return [{type: 'delete', key: KEY}];
}
