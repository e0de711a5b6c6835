import {describe, expect, it} from 'vitest';
import {deriveRecordEvents} from '../../../src/plugin/events/derive-record-events.ts';
import {eventView} from '../../../src/plugin/events/event-view.ts';
import {toBlockId, ZERO_HASH} from '../../../src/protocol/bytes.ts';
import {SwarmHistory} from '../../../src/protocol/chain/sparse-records.ts';
import {swarmHistoryKey} from '../../../src/protocol/chain/state-keys.ts';
import {SEAT, type ServiceNode} from '../../../src/protocol/chain/state-records.ts';
import {encode} from '../../../src/protocol/codec.ts';
import {maintenanceRecords, transportKeys} from '../../../src/vm/state/node-notes.ts';
import {putSeat} from '../../../src/vm/state/seats.ts';
import {getServiceNode, putServiceNode} from '../../../src/vm/state/service-nodes.ts';
import {StateView} from '../../../src/vm/state/view.ts';
import {Driver, testAccount, testNode} from '../../vm/driver.ts';

const owner = testAccount('owner');
const {nodeId} = testNode('a');
const driver = new Driver({accounts: [owner]});
driver.block(driver.at(1000), [driver.register(owner, testNode('a'))]);
const before = driver.state;
const node = getServiceNode(before, nodeId) as ServiceNode;

/** What is told of a block that changes the state so, first by `given`, which is told of nobody. */
function told(
  change: (state: StateView) => void,
  given: (state: StateView) => void = () => undefined,
) {
  const start = new StateView(before);
  given(start);
  const view = new StateView(start.map);
  change(view);
  const changes = view.touched.map((key) => ({key, value: view.get(key)}));
  const place = {height: 1n, index: 0, blockId: toBlockId(ZERO_HASH), timestamp: 0n};
  return deriveRecordEvents(start.map, view.map, changes).map((event) =>
    eventView({...place, event}),
  );
}

const history = (restartedAt: bigint | undefined, unservedSince?: bigint) => (state: StateView) =>
  state.put(
    swarmHistoryKey(3),
    encode(SwarmHistory, {restartedAt, unservedSince, mergedAt: undefined}),
  );

describe('events of records', () => {
  it('say nothing of what the node itself is not', () => {
    const scored = {...node, uptimeScore: 5000, lastPingAt: 7n, sequence: 4n, credit: 1};
    expect(told((state) => putServiceNode(state, nodeId, scored))).toEqual([]);
  });

  it.each([
    ['status', {status: 1}],
    ['status', {leaving: 1}],
    ['seat', {seat: SEAT.joining, swarmId: 0}],
    ['stake', {stake: 5n}],
  ] as const)('tell %s from %o', (name, fields) => {
    const events = told((state) => putServiceNode(state, nodeId, {...node, ...fields}));
    expect(events).toMatchObject([{type: 'node', changes: [name]}]);
  });

  it('tell that a key is revoked, once', () => {
    const revoke = (state: StateView) =>
      transportKeys.put(state, nodeId, {...transportKeys.none, revoked: true});
    expect(told(revoke)).toMatchObject([{type: 'node', changes: ['revoked']}]);
    expect(told((state) => transportKeys.delete(state, nodeId), revoke)).toEqual([]);
  });

  it('tell of a maintenance that is announced, and of each epoch of it', () => {
    const left = (epochsLeft: number) => (state: StateView) =>
      maintenanceRecords.put(state, nodeId, {fromEpoch: 4n, epochsLeft, spent: [9n]});
    expect(told(left(2))).toMatchObject([{type: 'node', changes: ['maintenance']}]);
    expect(told(left(1), left(2))).toMatchObject([{type: 'node', changes: ['maintenance']}]);
    expect(told(left(0))).toEqual([]);
    expect(told((state) => maintenanceRecords.delete(state, nodeId), left(0))).toEqual([]);
  });

  it('tell of seats, and of who serves that did not', () => {
    const seated = {...node, seat: SEAT.joining, swarmId: 1};
    const give = (state: StateView): void => {
      putServiceNode(state, nodeId, seated);
      putSeat(state, {swarmId: 1, nodeId}, {since: 3n});
    };
    expect(told(give).slice(1)).toMatchObject([{type: 'swarm', change: 'joined', swarmId: 1}]);
    const serve = (state: StateView) =>
      putServiceNode(state, nodeId, {...seated, seat: SEAT.serving});
    expect(told(serve, give)).toMatchObject([
      {type: 'node', changes: ['seat']},
      {type: 'swarm', change: 'serving', swarmId: 1},
    ]);
  });

  it('tell of a swarm that begins anew, not of one that waits', () => {
    expect(told(history(undefined, 5n))).toEqual([]);
    const restarted = [{type: 'swarm', change: 'restarted', swarmId: 3}];
    expect(told(history(6n), history(undefined, 5n))).toMatchObject(restarted);
    expect(told(history(6n, 9n), history(6n))).toEqual([]);
    expect(told(history(11n), history(6n, 9n))).toMatchObject(restarted);
  });
});
