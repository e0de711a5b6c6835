import {type NaiveOperation, naiveLeaves} from '../../messaging/naive-fold.ts';
import {hex} from '../second-codec.ts';
import {filled, TIME_MS} from './fixtures.ts';
import {longestLifetimeMs, namespaceKind} from './namespaces.ts';

/** SPEC.md §7.2: what operations on one inbox and namespace fold to at one cut-off after the other. */
const BASE = Number(TIME_MS);
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((first) => hex(filled(32, first))) as [
  string,
  string,
  string,
];

type Late = {readonly since?: number};
type Fold = {
  readonly name: string;
  readonly namespace?: number;
  readonly operations: readonly NaiveOperation[];
  /** After the base, as all instants here. */
  readonly cutOffs: readonly number[];
};

const lateAt = ({since}: Late) => (since === undefined ? {} : {since: BASE + since});
const store = (
  clock: number,
  expiry: number,
  {id = FIRST, ...late}: Late & {id?: string} = {},
) => ({
  clock: BASE + clock,
  id,
  expiry: BASE + expiry,
  ...lateAt(late),
});
const remove = (clock: number, {id = FIRST, ...late}: Late & {id?: string} = {}) => ({
  clock: BASE + clock,
  id,
  ...lateAt(late),
});
const second = {id: SECOND};
const third = {id: THIRD};

/** The shortest of the longest lifetimes, and the other. */
const [INBOX_MS, OTHER_MS] = [longestLifetimeMs(0), longestLifetimeMs(2)];

const FOLDS: readonly Fold[] = [
  {name: 'a store', operations: [store(10, 100)], cutOffs: [9, 10, 99, 100]},
  {
    name: 'merge: a longer life',
    operations: [store(10, 100), store(20, 200)],
    cutOffs: [19, 20, 199, 200],
  },
  {
    name: 'merge: a shorter life',
    operations: [store(10, 100), store(20, 50)],
    cutOffs: [20, 49, 50],
  },
  {
    name: 'the first ends at the clock of the second: no merge',
    operations: [store(10, 20), store(20, 100)],
    cutOffs: [19, 20],
  },
  {
    name: 'delete of a record',
    operations: [store(10, 100), remove(20)],
    cutOffs: [19, 20, 99, 100],
  },
  {
    name: 'delete of a merged record: until the later expiry, beside the merge',
    operations: [store(10, 100), store(20, 200), remove(30)],
    cutOffs: [30, 150, 200],
  },
  {
    name: 'delete at the clock of the record’s expiry: as of an unknown id',
    operations: [store(10, 20), remove(20)],
    cutOffs: [20],
  },
  {
    name: 'store under a tombstone: a tombstone too',
    operations: [store(10, 100), remove(20), store(30, 200), store(150, 300)],
    cutOffs: [30, 120, 150, 250],
  },
  {
    name: 'store at the clock of the tombstone’s end: a record',
    operations: [store(10, 100), remove(20), store(100, 200)],
    cutOffs: [99, 100],
  },
  {
    name: 'delete under a tombstone: nothing',
    operations: [store(10, 100), remove(20), remove(30)],
    cutOffs: [30],
  },
  {
    name: 'an end leaf of a merge is no tombstone',
    operations: [store(10, 30), store(20, 25), store(40, 100)],
    cutOffs: [20, 40],
  },
  {
    name: 'delete of an unknown id, public inbox',
    operations: [remove(10), store(20, 100)],
    cutOffs: [10, 20, INBOX_MS + 9, INBOX_MS + 10],
  },
  {
    name: 'delete of an unknown id, private',
    namespace: 2,
    operations: [remove(10), store(OTHER_MS + 10, OTHER_MS + 100)],
    cutOffs: [INBOX_MS + 10, OTHER_MS + 9, OTHER_MS + 10],
  },
  {
    name: 'two ids do not touch each other',
    operations: [store(10, 100), store(20, 100, second), remove(30)],
    cutOffs: [30],
  },
  {
    name: 'outbox: a store takes the place of another record',
    namespace: -1,
    operations: [store(10, 100), store(20, 200, second), store(30, 300, third)],
    cutOffs: [10, 20, 30, 150],
  },
  {
    name: 'outbox: what was replaced is kept away until its expiry',
    namespace: -21,
    operations: [store(10, 100), store(20, 200, second), store(30, 300), store(100, 400)],
    cutOffs: [30, 99, 100],
  },
  {
    name: 'outbox: a merge replaces nothing',
    namespace: -1,
    operations: [store(10, 100), store(20, 200)],
    cutOffs: [20],
  },
  {
    name: 'outbox: a record that has passed is not ended',
    namespace: -1,
    operations: [store(10, 20), store(20, 200, second)],
    cutOffs: [20],
  },
  {
    name: 'in −11 no record is replaced',
    namespace: -11,
    operations: [store(10, 100), store(20, 200, second)],
    cutOffs: [20],
  },
  {
    name: 'late store, stamped before the record: the leaves of earlier cut-offs stay',
    operations: [store(10, 1000), store(5, 900, {since: 101})],
    cutOffs: [100, 101],
  },
  {
    name: 'late delete between a store and its merge',
    operations: [store(10, 500), store(20, 1000), remove(12, {since: 101})],
    cutOffs: [100, 101],
  },
  {
    name: 'late delete before a delete',
    operations: [store(10, 500), remove(20), remove(12, {since: 101})],
    cutOffs: [100, 101],
  },
  {
    name: 'outbox: a late record between two',
    namespace: -1,
    operations: [store(10, 500), store(30, 700, second), store(20, 600, {...third, since: 101})],
    cutOffs: [100, 101],
  },
  {
    name: 'two late ones that count from different cut-offs on',
    operations: [store(30, 500), remove(20, {since: 201}), store(10, 400, {since: 101})],
    cutOffs: [100, 101, 200, 201],
  },
];

const operationOf = ({clock, since, id, expiry}: NaiveOperation): object => ({
  clockMs: clock.toString(),
  sinceMs: since === undefined ? null : since.toString(),
  id,
  type: expiry === undefined ? 'delete' : 'store',
  expiryMs: expiry === undefined ? null : expiry.toString(),
});

export function foldVectors(): unknown {
  return FOLDS.map(({name, namespace = 0, operations, cutOffs}) => {
    const rules = {
      maxTtl: longestLifetimeMs(namespace),
      isOutbox: namespaceKind(namespace) === 'publicOutbox',
    };
    return {
      name,
      namespace,
      operations: [...operations].sort((a, b) => a.clock - b.clock).map(operationOf),
      sets: cutOffs.map((after) => ({
        cutOffMs: (BASE + after).toString(),
        leaves: naiveLeaves(operations, {...rules, cutOff: BASE + after}).map(
          ({clock, id, end, expiry}) => ({
            clockMs: clock.toString(),
            id,
            type: end ? 'end' : 'record',
            expiryMs: expiry.toString(),
          }),
        ),
      })),
    };
  });
}
