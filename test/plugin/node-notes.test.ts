import {beforeEach, describe, expect, it} from 'vitest';
import {API_RESULTS} from '../../src/client/api-results.ts';
import {nodeIdToString} from '../../src/crypto/ids.ts';
import {serviceNodeView} from '../../src/plugin/api/views.ts';
import type {ServiceNodeInfo} from '../../src/protocol/api.ts';
import {bytesToHex, toHash} from '../../src/protocol/bytes.ts';
import {leavingRecords, maintenanceRecords, witnessRecords} from '../../src/vm/state/node-notes.ts';
import {getServiceNode, getServiceNodeKeys} from '../../src/vm/state/service-nodes.ts';
import {StateView} from '../../src/vm/state/view.ts';
import {type Driver, kemKey} from '../vm/driver.ts';
import {inRoundA, NODES, OWNER} from '../vm/txs/situations.ts';

const NODE = NODES[0]!;
let driver: Driver;
beforeEach(() => {
  driver = inRoundA();
});

/** What the API says of a node on the last accepted state, after these changes. */
function seen({nodeId} = NODE, edit: (state: StateView) => void = () => {}): ServiceNodeInfo {
  const state = new StateView(driver.state);
  edit(state);
  const [node, keys] = [getServiceNode(state, nodeId)!, getServiceNodeKeys(state, nodeId)!];
  const {transitions} = driver.epoch;
  const view = serviceNodeView(state, {nodeId, node, keys, transitions});
  return API_RESULTS.getServiceNode(JSON.parse(JSON.stringify(view)), 'getServiceNode');
}

describe('what the API says of a node beside its record', () => {
  it('is nothing of a plain node', () => {
    expect(seen()).toMatchObject({
      sequence: '0',
      transportKeys: {revoked: false, previous: null, nextHashChainTip: null},
      maintenance: null,
      returning: false,
      queuePosition: null,
      successor: null,
      fault: null,
      witnessExcludedEpochs: null,
      epochsToRetirement: null,
    });
  });

  it('shows the keys of a rotation through its two epochs, and a revocation', () => {
    const tip = toHash(new Uint8Array(32).fill(4));
    driver.block(driver.now + 50n, [driver.rotate(OWNER, NODE, 1, tip)]);
    const previous = {encryptionKey: `0x${bytesToHex(kemKey(0))}`, epochsLeft: '2'};
    const nextHashChainTip = `0x${bytesToHex(tip)}`;
    expect(seen()).toMatchObject({
      sequence: '1',
      encryptionKey: `0x${bytesToHex(kemKey(1))}`,
      transportKeys: {revoked: false, previous, nextHashChainTip},
    });
    driver.block(driver.inEpoch(3));
    expect(seen().transportKeys).toEqual({
      revoked: false,
      previous: {...previous, epochsLeft: '1'},
      nextHashChainTip: null,
    });
    driver.block(driver.inEpoch(4));
    expect(seen().transportKeys.previous).toBeNull();
    driver.block(driver.now + 50n, [driver.revoke(OWNER, NODE, 1)]);
    expect(seen().transportKeys.revoked).toBe(true);
  });

  it('shows maintenance announced, running, and what is left of the ration', () => {
    driver.block(driver.now + 50n, [driver.maintain(OWNER, NODE, 4n, 2)]);
    const announced = {phase: 'announced', fromEpoch: '4', epochsLeft: 2, epochsSpent: 0};
    expect(seen().maintenance).toEqual(announced);
    driver.block(driver.inEpoch(3));
    expect(seen().maintenance).toEqual(announced);
    driver.block(driver.inEpoch(4));
    const running = {phase: 'running', fromEpoch: '4', epochsLeft: 1, epochsSpent: 1};
    expect(seen().maintenance).toEqual(running);
    driver.block(driver.inEpoch(5));
    expect(seen().maintenance).toEqual({...running, epochsLeft: 0, epochsSpent: 2});
    driver.block(driver.inEpoch(6));
    expect(seen().maintenance).toMatchObject({phase: 'none', epochsLeft: 0, epochsSpent: 2});
    const forgotten = seen(NODE, (state) => maintenanceRecords.delete(state, NODE.nodeId));
    expect(forgotten.maintenance).toBeNull();
  });

  it('shows who leaves first, who waits behind, and who follows', () => {
    const mates = NODES.filter((node) => driver.swarmOf(node) === driver.swarmOf(NODE));
    expect(mates.length).toBeGreaterThan(1);
    const [first, second] = [mates[0]!, mates[1]!];
    for (const node of [first, second]) {
      driver.block(driver.now + 50n, [driver.deregister(OWNER, node)]);
    }
    expect(seen(first)).toMatchObject({queuePosition: null, epochsToRetirement: '24'});
    expect(seen(second)).toMatchObject({queuePosition: 1, epochsToRetirement: null});
    const edited = seen(second, (state) => {
      leavingRecords.put(state, first.nodeId, {queuedAt: 0n, successor: undefined});
      const successor = NODES.at(-1)!.nodeId;
      const {queuedAt} = leavingRecords.get(state, second.nodeId);
      leavingRecords.put(state, second.nodeId, {queuedAt, successor});
    });
    expect(edited).toMatchObject({
      queuePosition: 2,
      successor: nodeIdToString(NODES.at(-1)!.nodeId),
    });
  });

  it('shows a fault with its pause, a node that comes back, and a witness left out', () => {
    driver.block(driver.now + 50n, [driver.evidence(OWNER, NODE)]);
    expect(seen()).toMatchObject({
      leaving: 'evidence',
      returning: false,
      epochsToRetirement: '24',
      fault: {epoch: '2', pauseEpochs: '24'},
    });
    driver.block(driver.now + 50n, [driver.addStake(OWNER, NODE, 10_000_000n)]);
    expect(seen()).toMatchObject({
      status: 'decommissioning',
      leaving: 'no',
      returning: true,
      stake: '100000000',
    });
    const {transitions} = driver.epoch;
    const left = (excludedUntil: bigint) =>
      seen(NODE, (state) => {
        witnessRecords.put(state, NODE.nodeId, {epochs: [], excludedUntil});
      });
    expect(left(transitions + 7n)).toMatchObject({witnessExcludedEpochs: '7'});
    expect(left(transitions).witnessExcludedEpochs).toBeNull();
  });
});
