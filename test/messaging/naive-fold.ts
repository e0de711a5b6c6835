/**
 * Leaves of one inbox and namespace once more, from the words of SPEC.md §7.2 and without a line of
 * src/: operations that count at the cut-off, one after the other, everything else thrown away.
 */
export type NaiveOperation = {
  /** Orders all operations. */
  readonly clock: number;
  /** The first cut-off that counts it, when it came too late for those from its clock on. */
  readonly since?: number;
  readonly id: string;
  /** Absent for a delete. */
  readonly expiry?: number;
};
export type NaiveLeaf = {
  readonly clock: number;
  readonly id: string;
  readonly end: boolean;
  readonly expiry: number;
};

export function naiveLeaves(
  operations: readonly NaiveOperation[],
  {
    cutOff,
    maxTtl,
    isOutbox,
  }: {readonly cutOff: number; readonly maxTtl: number; readonly isOutbox: boolean},
): NaiveLeaf[] {
  let records: NaiveLeaf[] = [];
  const ends: (NaiveLeaf & {readonly keepsAway: boolean})[] = [];
  const known = operations
    .filter(({clock, since}) => (since ?? clock) <= cutOff)
    .sort((a, b) => a.clock - b.clock);
  for (const {clock, id, expiry} of known) {
    records = records.filter((record) => record.expiry > clock);
    const same = records.find((record) => record.id === id);
    const away = ends.some((end) => end.id === id && end.keepsAway && end.expiry > clock);
    const endNow = (record: NaiveLeaf): void => {
      records = records.filter((each) => each !== record);
      ends.push({clock, id: record.id, end: true, expiry: record.expiry, keepsAway: true});
    };
    if (expiry === undefined) {
      if (same !== undefined) endNow(same);
      else if (!away) ends.push({clock, id, end: true, expiry: clock + maxTtl, keepsAway: true});
    } else if (same !== undefined) {
      ends.push({clock, id, end: true, expiry, keepsAway: false});
      records = records.map((each) =>
        each === same ? {...each, expiry: Math.max(each.expiry, expiry)} : each,
      );
    } else if (away) {
      ends.push({clock, id, end: true, expiry, keepsAway: true});
    } else {
      if (isOutbox) for (const record of records) endNow(record);
      records.push({clock, id, end: false, expiry});
    }
  }
  return [...records, ...ends.map(({keepsAway, ...leaf}) => leaf)]
    .filter(({expiry}) => expiry > cutOff)
    .sort((a, b) => a.clock - b.clock || (a.id < b.id ? -1 : 1));
}
