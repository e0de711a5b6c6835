import {describe, expect, it} from 'vitest';
import {toHash} from '../../../src/protocol/bytes.ts';
import {LEAVING, SEAT, STATUS} from '../../../src/protocol/chain/state-records.ts';
import {getAccount} from '../../../src/vm/state/accounts.ts';
import {getDuty, getTally, putTally} from '../../../src/vm/state/duties.ts';
import {
  faultRecords,
  leavingRecords,
  maintenanceRecords,
  transportKeys,
} from '../../../src/vm/state/node-notes.ts';
import {getServiceNode, getServiceNodeKeys} from '../../../src/vm/state/service-nodes.ts';
import {getTotals} from '../../../src/vm/state/singletons.ts';
import type {StateReader, StateView} from '../../../src/vm/state/view.ts';
import {commitmentOf} from '../../../src/vm/stored-set.ts';
import {type Driver, kemKey} from '../driver.ts';
import {EMPTY_SET, ONE_RECORD_SET} from '../fixtures.ts';
import {withNode} from './node-refusals.ts';
import {
  inAnswers,
  inRoundA,
  inRoundB,
  inSecondRoundA,
  NODES,
  OWNER,
  registered,
  retired,
  STRANGER,
  unbonded,
} from './situations.ts';
import {changed, refusal, stateAfter} from './trials.ts';

const NODE = NODES[0]!;
const {nodeId} = NODE;
const HASH = toHash(new Uint8Array(32).fill(7));
const node = (state: StateReader) => getServiceNode(state, nodeId)!;
const PENALISED = {
  status: STATUS.decommissioning,
  leaving: LEAVING.misses,
  retiresAtTransition: 9n,
} as const;

/** Others that sit in the first node's swarm. */
const mates = (driver: Driver) =>
  NODES.slice(1).filter((other) => driver.swarmOf(other) === driver.swarmOf(NODE));

describe('DeregisterServiceNode', () => {
  it('begins to leave at once while its swarm has a free slot [R4]', () => {
    const driver = inRoundA();
    const state = stateAfter(driver, driver.deregister(OWNER, NODE));
    const {transitions} = driver.epoch;
    expect(node(state)).toMatchObject({
      status: STATUS.decommissioning,
      leaving: LEAVING.wish,
      retiresAtTransition: transitions + 24n,
    });
    expect(leavingRecords.has(state, nodeId)).toBe(false);
  });

  it('waits for its turn behind another of its swarm [R5]', () => {
    const driver = inRoundA();
    driver.block(driver.now + 50n, [driver.deregister(OWNER, mates(driver)[0]!)]);
    const state = stateAfter(driver, driver.deregister(OWNER, NODE));
    expect(node(state)).toMatchObject({leaving: LEAVING.wish, retiresAtTransition: 0n});
    const queuedAt = driver.epoch.transitions;
    expect(leavingRecords.get(state, nodeId)).toEqual({queuedAt, successor: undefined});
  });

  it('waits for one that is away for maintenance, and not for one that waits itself [R5]', () => {
    const driver = inRoundA();
    driver.block(driver.now + 50n, [driver.maintain(OWNER, mates(driver)[0]!, 5n, 1)]);
    const waiting = stateAfter(driver, driver.deregister(OWNER, NODE));
    expect(node(waiting).retiresAtTransition).toBe(0n);
    const queued = stateAfter(driver, driver.deregister(OWNER, NODE), (state) => {
      const other = mates(driver)[0]!.nodeId;
      maintenanceRecords.delete(state, other);
      leavingRecords.put(state, other, {queuedAt: 1n, successor: undefined});
    });
    expect(node(queued).retiresAtTransition).toBe(driver.epoch.transitions + 24n);
  });

  it('waits for one in the last epoch of its maintenance, and begins when that is over [R5] [R33]', () => {
    const driver = inRoundA();
    const other = mates(driver)[0]!;
    driver.block(driver.now + 50n, [driver.maintain(OWNER, other, 3n, 1)]);
    driver.block(driver.inEpoch(3));
    expect(maintenanceRecords.get(driver.state, other.nodeId).epochsLeft).toBe(0);
    const another = driver.maintain(STRANGER, NODE, 5n, 1);
    expect(refusal(driver, another)).toBe('TX_MAINTENANCE_BUSY');
    driver.block(driver.now + 50n, [driver.deregister(OWNER, NODE)]);
    expect(node(driver.state).retiresAtTransition).toBe(0n);
    driver.block(driver.inEpoch(4));
    expect(node(driver.state).retiresAtTransition).toBe(driver.epoch.transitions + 24n);
  });
});

describe('AddStake', () => {
  it('counts at once, for stake and principal [R9]', () => {
    const driver = registered();
    const before = {node: node(driver.state), totals: getTotals(driver.state)};
    const state = stateAfter(driver, driver.addStake(OWNER, NODE, 77n));
    const {stake, principal} = before.node;
    expect(node(state)).toEqual({...before.node, stake: stake + 77n, principal: principal + 77n});
    const {totalBonded} = before.totals;
    expect(getTotals(state)).toEqual({...before.totals, totalBonded: totalBonded + 77n});
    const {balance} = getAccount(driver.state, OWNER.address);
    expect(getAccount(state, OWNER.address).balance).toBe(balance - 77n);
  });

  it('brings a penalised node back at exactly the minimum, its clock going on [R20]', () => {
    const driver = inRoundA();
    const edit = withNode({...PENALISED, stake: 50_000_000n});
    const state = stateAfter(driver, driver.addStake(OWNER, NODE, 50_000_000n), edit);
    expect(node(state)).toMatchObject({
      status: STATUS.decommissioning,
      leaving: LEAVING.no,
      retiresAtTransition: 9n,
      stake: 100_000_000n,
      principal: 150_000_000n,
    });
  });

  it('adds less than the minimum to an active node that misses took below it', () => {
    const driver = inRoundA();
    const edit = withNode({stake: 50_000_000n});
    expect(node(stateAfter(driver, driver.addStake(OWNER, NODE, 1n), edit)).stake).toBe(
      50_000_001n,
    );
  });
});

describe('WithdrawStake', () => {
  it('pays out, and nothing of the node is left [R10]', () => {
    const driver = unbonded();
    const {stake} = node(driver.state);
    const {balance} = getAccount(driver.state, OWNER.address);
    const state = stateAfter(driver, driver.withdraw(OWNER, NODE), (view: StateView) => {
      transportKeys.put(view, nodeId, {...transportKeys.none, revoked: true});
      maintenanceRecords.put(view, nodeId, {fromEpoch: 1n, epochsLeft: 1, spent: []});
      faultRecords.put(view, nodeId, {transition: 1n, epoch: 1n});
      leavingRecords.put(view, nodeId, {queuedAt: 1n, successor: undefined});
    });
    expect(getAccount(state, OWNER.address).balance).toBe(balance + stake);
    expect(getTotals(state).unbonding).toBe(0n);
    const keys = [...state.entries(new Uint8Array())].map(([key]) => key);
    const own = keys.filter((key) => key[0]! >= 0x20 && key[0]! <= 0x26);
    expect(own.length).toBeGreaterThan(0);
    expect(own.some((key) => nodeId.every((byte, i) => byte === key[i + 1]))).toBe(false);
  });

  it('is open from the second on in which unbonding ends', () => {
    const driver = retired();
    const {unbondsAt} = node(driver.state);
    const tx = driver.withdraw(OWNER, NODE);
    expect(refusal(driver, tx, unbondsAt * 1000n - 1n)).toBe('TX_STILL_UNBONDING');
    expect(refusal(driver, tx, unbondsAt * 1000n)).toBeUndefined();
  });

  it('lets the node register anew', () => {
    const driver = unbonded();
    driver.block(driver.now + 50n, [driver.withdraw(OWNER, NODE)]);
    expect(refusal(driver, driver.register(STRANGER, NODE))).toBeUndefined();
  });
});

describe('RotateTransportKey', () => {
  it('keeps the old key for two transitions, and the new tip for the next [R11] [R12]', () => {
    const driver = inRoundA();
    const state = stateAfter(driver, driver.rotate(STRANGER, NODE, 1, HASH));
    expect(getServiceNodeKeys(state, nodeId)?.encryptionKey).toEqual(kemKey(1));
    expect(transportKeys.get(state, nodeId)).toEqual({
      previousKey: kemKey(0),
      previousUntil: driver.epoch.transitions + 2n,
      nextHashChainTip: HASH,
      revoked: false,
    });
    expect(node(state)).toMatchObject({sequence: 1n, hashChainTip: NODE.links[0]});
  });

  it('leaves a tip that waits already, and takes no key over that was revoked', () => {
    const driver = inRoundA();
    driver.block(driver.now + 50n, [driver.rotate(STRANGER, NODE, 1, HASH)]);
    driver.block(driver.now + 50n, [driver.revoke(STRANGER, NODE, 1)]);
    const state = stateAfter(driver, driver.rotate(STRANGER, NODE, 2));
    expect(transportKeys.get(state, nodeId)).toEqual({
      ...transportKeys.none,
      nextHashChainTip: HASH,
    });
    expect(node(state).sequence).toBe(3n);
  });
});

describe('RevokeTransportKey', () => {
  it('takes the present key out of use, and touches nothing else [R13]', () => {
    const driver = inRoundA();
    const before = node(driver.state);
    const state = stateAfter(driver, driver.revoke(STRANGER, NODE, 0));
    expect(transportKeys.get(state, nodeId)).toEqual({...transportKeys.none, revoked: true});
    expect(getServiceNodeKeys(state, nodeId)?.encryptionKey).toEqual(kemKey(0));
    expect(node(state)).toEqual({...before, sequence: 1n});
  });

  it('ends the overlap of the key before [R13]', () => {
    const driver = inRoundA();
    driver.block(driver.now + 50n, [driver.rotate(STRANGER, NODE, 1)]);
    const state = stateAfter(driver, driver.revoke(STRANGER, NODE, 0));
    expect(transportKeys.has(state, nodeId)).toBe(false);
  });
});

describe('Maintenance', () => {
  it('is announced, and forgets what was spent long ago [R14]', () => {
    const driver = inRoundA();
    const {transitions} = driver.epoch;
    const tx = driver.maintain(STRANGER, NODE, 2n + 720n, 11);
    const old = {fromEpoch: 0n, epochsLeft: 0, spent: [transitions]};
    const state = stateAfter(driver, tx, (view) => maintenanceRecords.put(view, nodeId, old));
    expect(maintenanceRecords.get(state, nodeId)).toEqual({
      fromEpoch: 722n,
      epochsLeft: 11,
      spent: [transitions],
    });
    expect(node(state).sequence).toBe(1n);
  });
});

describe('Evidence', () => {
  it('burns a tenth of the principal and decommissions [R15] [R16]', () => {
    const driver = inRoundA();
    const {transitions, epoch} = driver.epoch;
    const before = getTotals(driver.state);
    const state = stateAfter(driver, driver.evidence(STRANGER, NODE), (view) =>
      leavingRecords.put(view, nodeId, {queuedAt: 1n, successor: NODES[1]!.nodeId}),
    );
    expect(node(state)).toMatchObject({
      stake: 90_000_000n,
      principal: 100_000_000n,
      status: STATUS.decommissioning,
      leaving: LEAVING.evidence,
      retiresAtTransition: transitions + 24n,
    });
    expect(getTotals(state)).toEqual({
      ...before,
      totalBonded: before.totalBonded - 10_000_000n,
      burnedByFaults: 10_000_000n,
    });
    expect(faultRecords.get(state, nodeId)).toEqual({transition: transitions, epoch});
    expect(leavingRecords.get(state, nodeId)).toEqual({
      queuedAt: undefined,
      successor: NODES[1]!.nodeId,
    });
  });

  it('burns no more than is left, and out of unbonding stake after the end [R15]', () => {
    const driver = inRoundA();
    const poor = withNode({stake: 3n});
    expect(node(stateAfter(driver, driver.evidence(STRANGER, NODE), poor)).stake).toBe(0n);
    const later = retired();
    const before = getTotals(later.state);
    const tx = later.evidence(STRANGER, NODE, {epoch: 1n, swarmId: 0, revision: 1});
    const state = stateAfter(later, tx);
    expect(node(state)).toMatchObject({status: STATUS.retired, stake: 90_000_000n});
    expect(getTotals(state).unbonding).toBe(before.unbonding - 10_000_000n);
    expect(getTotals(state).totalBonded).toBe(before.totalBonded);
  });

  it('counts again 24 transitions later, for what was done since', () => {
    const driver = inRoundA();
    const tx = driver.evidence(STRANGER, NODE);
    const booked = (transition: bigint, epoch: bigint) => () =>
      stateAfter(driver, tx, (view) => faultRecords.put(view, nodeId, {transition, epoch}));
    for (let e = 3; e < 30; e++) driver.block(driver.inEpoch(e));
    const {transitions} = driver.epoch;
    expect(booked(transitions - 24n, 1n)).not.toThrow();
    expect(booked(transitions - 23n, 1n)).toThrow('TX_EVIDENCE_SPENT');
    expect(booked(transitions - 24n, 2n)).toThrow('TX_EVIDENCE_SPENT');
  });
});

describe('joining members', () => {
  const joining = withNode({seat: SEAT.joining});

  it('commit outside the tallies [R6]', () => {
    const driver = inRoundA();
    const at = {epoch: 2n, swarmId: driver.swarmOf(NODE)};
    const c = commitmentOf(driver.config, at, ONE_RECORD_SET);
    const tx = driver.commit(NODE, 0, ONE_RECORD_SET);
    const state = stateAfter(driver, tx, joining);
    expect(getTally(state, at, c)).toBeUndefined();
    expect(getDuty(state, at, nodeId)?.roundA?.c).toEqual(c);
    expect(node(state).hashChainTip).toEqual(NODE.links[1]);
    expect(getTally(stateAfter(driver, tx), at, c)).toMatchObject({roundA: 1, ended: 1});
  });

  it('move in round B outside them too, to the set of another or their own [R7]', () => {
    const driver = inRoundA();
    const all = NODES.map((other) =>
      driver.commit(other, 0, other === NODE ? ONE_RECORD_SET : EMPTY_SET),
    );
    driver.block(driver.now + 1000n, all);
    driver.block(driver.inEpoch(2, 3333));
    const at = {epoch: 2n, swarmId: driver.swarmOf(NODE)};
    const own = commitmentOf(driver.config, at, ONE_RECORD_SET);
    const theirs = commitmentOf(driver.config, at, EMPTY_SET);
    const {ended} = getTally(driver.state, at, theirs)!;
    const moved = stateAfter(driver, driver.commit(NODE, 1), joining);
    expect(getTally(moved, at, theirs)?.ended).toBe(ended);
    expect(getDuty(moved, at, nodeId)?.roundB?.c).toEqual(theirs);
    const forgotten = (view: StateView) => {
      joining(view, driver);
      putTally(view, {...at, c: own}, {set: ONE_RECORD_SET, roundA: 0, ended: 0});
    };
    const stayed = stateAfter(driver, driver.commit(NODE, 1, ONE_RECORD_SET), forgotten);
    expect(getDuty(stayed, at, nodeId)?.roundB?.c).toEqual(own);
    // A serving member's move counts.
    const serving = stateAfter(driver, driver.commit(NODE, 1));
    expect(getTally(serving, at, theirs)?.ended).toBe(ended + 1);
    expect(getTally(serving, at, own)).toMatchObject({roundA: 1, ended: 0});
  });

  it('may say that they do not hold W yet [R8]', () => {
    const driver = inAnswers();
    const at = {epoch: 2n, swarmId: driver.swarmOf(NODE)};
    const state = stateAfter(driver, driver.answer(NODE), joining);
    expect(getDuty(state, at, nodeId)?.answer?.answer).toEqual(new Uint8Array(32));
    expect(node(state).lastPingAt).toBe((driver.now + 50n) / 1000n);
  });
});

describe('dissent', () => {
  it('has one bit per member of the swarm in the epoch before', () => {
    const driver = inSecondRoundA();
    const tx = changed(driver.commit(NODE), {}, {dissent: Uint8Array.of(1)});
    expect(refusal(driver, tx)).toBeUndefined();
    const at = {epoch: 3n, swarmId: driver.swarmOf(NODE)};
    expect(getDuty(stateAfter(driver, tx), at, nodeId)?.dissent).toEqual(Uint8Array.of(1));
  });

  it('is of no use in round B', () => {
    const driver = inRoundB();
    const tx = changed(driver.commit(NODE, 1), {}, {dissent: Uint8Array.of(1)});
    expect(refusal(driver, tx)).toBe('TX_REVEAL_FORM');
  });
});
