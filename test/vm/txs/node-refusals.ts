import {toChainId, toHash, toKemPublicKey} from '../../../src/protocol/bytes.ts';
import type {Evidence} from '../../../src/protocol/chain/evidence.ts';
import {LEAVING, type ServiceNode, STATUS} from '../../../src/protocol/chain/state-records.ts';
import {faultRecords, maintenanceRecords} from '../../../src/vm/state/node-notes.ts';
import {getServiceNode, putServiceNode} from '../../../src/vm/state/service-nodes.ts';
import type {Driver} from '../driver.ts';
import {
  inRoundA,
  NEWCOMER,
  NODES,
  OWNER,
  registered,
  retired,
  STRANGER,
  unbonded,
} from './situations.ts';
import {changed, type Edit, on, type Row, row} from './trials.ts';

const NODE = NODES[0]!;
const HASH = toHash(new Uint8Array(32).fill(7));

/** Other fields in the record of the first node. */
export const withNode =
  (fields: Partial<ServiceNode>): Edit =>
  (state) => {
    putServiceNode(state, NODE.nodeId, {...getServiceNode(state, NODE.nodeId)!, ...fields});
  };

const PENALISED = {status: STATUS.decommissioning, leaving: LEAVING.misses} as const;

/** The owner's stake transactions. SPEC.md §5.7. */
export const STAKE_REFUSALS: readonly Row[] = [
  row(
    'TX_AMOUNT_ZERO',
    'nothing is added',
    on(registered, (d) => d.addStake(OWNER, NODE, 0n)),
  ),
  row(
    'TX_NODE_UNKNOWN',
    'stake is added to nobody',
    on(registered, (d) => d.addStake(OWNER, NEWCOMER, 1n)),
  ),
  row(
    'TX_NOT_OWNER',
    'another account adds stake',
    on(registered, (d) => d.addStake(STRANGER, NODE, 1n)),
  ),
  row(
    'TX_NODE_RETIRED',
    'stake is added after the end',
    on(retired, (d) => d.addStake(OWNER, NODE, 1n)),
  ),
  row(
    'TX_ALREADY_LEAVING',
    'stake is added to a node that wants to leave',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.now + 50n, [driver.deregister(OWNER, NODE)]);
        return driver;
      },
      (d) => d.addStake(OWNER, NODE, 1n),
    ),
  ),
  row(
    'TX_STAKE_BELOW_MINIMUM',
    'a penalised node gets one unit too little',
    on(inRoundA, (d) => d.addStake(OWNER, NODE, 49_999_999n)),
    withNode({...PENALISED, stake: 50_000_000n}),
  ),
  row(
    'TX_INSUFFICIENT_BALANCE',
    'more stake is added than the owner has',
    on(registered, (d) => d.addStake(OWNER, NODE, 2n ** 63n)),
  ),
  row(
    'TX_NODE_UNKNOWN',
    'nobody is withdrawn',
    on(registered, (d) => d.withdraw(OWNER, NEWCOMER)),
  ),
  row(
    'TX_NOT_OWNER',
    'another account withdraws',
    on(unbonded, (d) => d.withdraw(STRANGER, NODE)),
  ),
  row(
    'TX_NOT_RETIRED',
    'the node is active',
    on(registered, (d) => d.withdraw(OWNER, NODE)),
  ),
  row(
    'TX_STILL_UNBONDING',
    'some unbonding is left',
    on(
      () => {
        const driver = retired();
        driver.block(driver.now + 80_000n);
        return driver;
      },
      (d) => d.withdraw(OWNER, NODE),
    ),
  ),
];

const ORDERS = [
  ['rotation', (d: Driver, node = NODE) => d.rotate(STRANGER, node, 1)],
  ['revocation', (d: Driver, node = NODE) => d.revoke(STRANGER, node, 0)],
  ['maintenance', (d: Driver, node = NODE) => d.maintain(STRANGER, node, d.epoch.epoch + 1n, 1)],
] as const;

/** What the node key signs beside an account. SPEC.md §5.8. */
export const ORDER_REFUSALS: readonly Row[] = [
  ...ORDERS.flatMap(([what, make]) => [
    row(
      'TX_NODE_UNKNOWN',
      `a ${what} of nobody`,
      on(inRoundA, (d) => make(d, NEWCOMER)),
    ),
    row('TX_NODE_RETIRED', `a ${what} of a retired node`, on(retired, make)),
    ...[0n, 2n, 2n ** 64n - 1n].map((sequence) =>
      row(
        'TX_WRONG_SEQUENCE',
        `a ${what} has sequence ${sequence}`,
        on(inRoundA, (d) => changed(make(d), {}, {sequence})),
      ),
    ),
  ]),
  row(
    'TX_INVALID_ENCRYPTION_KEY',
    'a coefficient of the new key is not below q',
    on(inRoundA, (d) => {
      const encryptionKey = toKemPublicKey(new Uint8Array(1184).fill(0xff));
      return changed(d.rotate(STRANGER, NODE, 1), {}, {encryptionKey});
    }),
  ),
  row(
    'TX_KEY_UNCHANGED',
    'the new key is the old',
    on(inRoundA, (d) => d.rotate(OWNER, NODE, 0)),
  ),
  row(
    'TX_KEY_UNKNOWN',
    'it never had this key',
    on(inRoundA, (d) => d.revoke(OWNER, NODE, 5)),
  ),
  row(
    'TX_KEY_UNKNOWN',
    'the key is revoked already',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.now + 50n, [driver.revoke(OWNER, NODE, 0)]);
        return driver;
      },
      (d) => d.revoke(OWNER, NODE, 0),
    ),
  ),
  ...[0, 13, 255].map((epochs) =>
    row(
      'TX_MAINTENANCE_FORM',
      `it takes ${epochs} epochs`,
      on(inRoundA, (d) => d.maintain(OWNER, NODE, 3n, epochs)),
    ),
  ),
  ...[0n, 2n, 2n + 721n, 2n ** 64n - 1n].map((from) =>
    row(
      'TX_MAINTENANCE_TIME',
      `it begins with epoch ${from} in epoch 2`,
      on(inRoundA, (d) => d.maintain(OWNER, NODE, from, 1)),
    ),
  ),
  row(
    'TX_NO_SEAT',
    'the node waits for its seat',
    on(registered, (d) => d.maintain(OWNER, NODE, 1n, 1)),
  ),
  row(
    'TX_NO_SEAT',
    'the node is leaving',
    on(inRoundA, (d) => d.maintain(OWNER, NODE, 3n, 1)),
    withNode(PENALISED),
  ),
  row(
    'TX_MAINTENANCE_PENDING',
    'some is announced already',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.now + 50n, [driver.maintain(OWNER, NODE, 5n, 1)]);
        return driver;
      },
      (d) => d.maintain(OWNER, NODE, 7n, 1),
    ),
  ),
  row(
    'TX_MAINTENANCE_SPENT',
    'one epoch more than 12 in 720',
    on(inRoundA, (d) => d.maintain(OWNER, NODE, 3n, 3)),
    (state) => {
      const spent = Array.from({length: 10}, () => 1n);
      maintenanceRecords.put(state, NODE.nodeId, {fromEpoch: 0n, epochsLeft: 0, spent});
    },
  ),
  row(
    'TX_MAINTENANCE_BUSY',
    'another member of its swarm is away',
    on(
      () => {
        const driver = inRoundA();
        const other = NODES.slice(1).find((node) => driver.swarmOf(node) === driver.swarmOf(NODE));
        driver.block(driver.now + 50n, [driver.maintain(OWNER, other!, 5n, 1)]);
        return driver;
      },
      (d) => d.maintain(OWNER, NODE, 3n, 1),
    ),
  ),
];

/** The same evidence with other fields in its second commitment. */
function withSecond(d: Driver, header: object, body: object = {}) {
  const tx = d.evidence(STRANGER, NODE);
  const {first, second} = tx.tx.unsigned.value.body as Evidence;
  const duty = {...second.duty, ...header, body: {...second.duty.body, ...body}};
  return changed(tx, {}, {first, second: {...second, duty}});
}

/** SPEC.md §5.9. */
export const EVIDENCE_REFUSALS: readonly Row[] = [
  row(
    'TX_WRONG_CHAIN',
    'a commitment is of another network',
    on(inRoundA, (d) => withSecond(d, {networkId: 1})),
  ),
  row(
    'TX_WRONG_CHAIN',
    'a commitment is of another chain',
    on(inRoundA, (d) => withSecond(d, {chainId: toChainId(HASH)})),
  ),
  ...(
    [
      ['nodes', {nodeId: NODES[1]!.nodeId}, {}],
      ['epochs', {epoch: 1n}, {}],
      ['revisions', {revision: 1}, {}],
      ['swarms', {}, {swarmId: 7}],
    ] as const
  ).map(([what, header, body]) =>
    row(
      'TX_NOT_EQUIVOCATION',
      `two ${what} are mixed`,
      on(inRoundA, (d) => withSecond(d, header, body)),
    ),
  ),
  row(
    'TX_NOT_EQUIVOCATION',
    'both name one set, and differ in what is not compared',
    on(inRoundA, (d) => {
      const tx = d.evidence(STRANGER, NODE);
      const {first} = tx.tx.unsigned.value.body as Evidence;
      const duty = {...first.duty, body: {...first.duty.body, reveal: HASH}};
      return changed(tx, {}, {first, second: {...first, duty}});
    }),
  ),
  row(
    'TX_NOT_EQUIVOCATION',
    'the larger C comes first',
    on(inRoundA, (d) => {
      const tx = d.evidence(STRANGER, NODE);
      const {first, second} = tx.tx.unsigned.value.body as Evidence;
      return changed(tx, {}, {first: second, second: first});
    }),
  ),
  row(
    'TX_NODE_UNKNOWN',
    'nobody is accused',
    on(inRoundA, (d) => d.evidence(STRANGER, NEWCOMER)),
  ),
  ...[0n, 3n, 2n ** 64n - 1n].map((epoch) =>
    row(
      'TX_EVIDENCE_EPOCH',
      `it is of epoch ${epoch}, the node of 0 and now is 2`,
      on(inRoundA, (d) => d.evidence(STRANGER, NODE, {epoch})),
    ),
  ),
  row(
    'TX_EVIDENCE_SPENT',
    'a fault was booked less than 24 transitions ago',
    on(inRoundA, (d) => d.evidence(STRANGER, NODE)),
    (state, {epoch}) => {
      faultRecords.put(state, NODE.nodeId, {transition: epoch.transitions, epoch: 1n});
    },
  ),
  row(
    'TX_EVIDENCE_SPENT',
    'the last fault settled this epoch',
    on(
      () => {
        const driver = inRoundA();
        for (let epoch = 3; epoch < 28; epoch++) driver.block(driver.inEpoch(epoch));
        return driver;
      },
      (d) => d.evidence(STRANGER, NODE, {epoch: 2n}),
    ),
    (state) => faultRecords.put(state, NODE.nodeId, {transition: 2n, epoch: 2n}),
  ),
];
