import {describe, expect, it} from 'vitest';
import {swarmHistoryKey} from '../../src/protocol/chain/state-keys.ts';
import {SEAT, STATUS} from '../../src/protocol/chain/state-records.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {getSwarmHistory} from '../../src/vm/state/swarm-histories.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';

const OWNER = testAccount('owner');
const OTHER = testAccount('other owner');
const [X, Y] = [testNode('x'), testNode('y')];

const NOBODY = {committing: [], answering: []};
const X_ALONE = {committing: [X], answering: [X]};

/** The first block of epoch 2: X serves the only swarm. */
function servedByX(): Driver {
  const driver = new Driver({accounts: [OWNER, OTHER], rules: {swarmExponent: 0}});
  driver.block(driver.at(1000), [driver.register(OWNER, X)]);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, NOBODY);
  driver.block(driver.inEpoch(2));
  return driver;
}

const seatOf = (driver: Driver, {nodeId}: TestNode) => getServiceNode(driver.state, nodeId)?.seat;
const statusOf = (driver: Driver) => getServiceNode(driver.state, X.nodeId)?.status;
const historyOf = (driver: Driver) => getSwarmHistory(driver.state, 0);

describe('a swarm whose last serving member is convicted', () => {
  it('is unserved, and restarted when somebody comes [R35] [R36]', () => {
    const driver = servedByX();
    driver.block(driver.now + 100n, [driver.evidence(OTHER, X)]);
    driver.runEpoch(2, NOBODY);
    driver.block(driver.inEpoch(3));
    expect(historyOf(driver)).toMatchObject({unservedSince: 3n, restartedAt: undefined});
    driver.block(driver.now + 100n, [driver.register(OTHER, Y)]);
    for (const epoch of [3, 4]) driver.runEpoch(epoch, NOBODY);
    driver.block(driver.inEpoch(5));
    expect(historyOf(driver)).toMatchObject({unservedSince: undefined, restartedAt: 5n});
  });

  it('is restarted at once by those who join it [R34] [R35]', () => {
    const driver = servedByX();
    driver.block(driver.now + 100n, [driver.register(OTHER, Y)]);
    for (const epoch of [2, 3]) driver.runEpoch(epoch, X_ALONE);
    driver.block(driver.inEpoch(4));
    expect(seatOf(driver, Y)).toBe(SEAT.joining);
    driver.block(driver.now + 100n, [driver.evidence(OTHER, X)]);
    driver.runEpoch(4, NOBODY);
    driver.block(driver.inEpoch(5));
    expect(seatOf(driver, Y)).toBe(SEAT.serving);
    expect(historyOf(driver)).toMatchObject({unservedSince: undefined, restartedAt: 5n});
  });

  it('is unserved also when that member was in maintenance [R36]', () => {
    const driver = servedByX();
    driver.block(driver.now + 100n, [driver.maintain(OWNER, X, 3n, 1)]);
    driver.runEpoch(2, X_ALONE);
    driver.block(driver.inEpoch(3));
    expect(driver.epoch.dutyCount).toBe(0);
    driver.block(driver.now + 100n, [driver.evidence(OTHER, X)]);
    driver.block(driver.inEpoch(4));
    expect(historyOf(driver)).toMatchObject({unservedSince: 4n, restartedAt: undefined});
  });
});

describe('a swarm that lost its last serving member by misses', () => {
  it('is unserved, and served again when that member returns, without a restart [R36] [R67]', () => {
    const driver = servedByX();
    for (let epoch = 2; epoch < 102; epoch++) driver.runEpoch(epoch, NOBODY);
    driver.block(driver.inEpoch(102));
    expect(statusOf(driver)).toBe(STATUS.decommissioning);
    expect(historyOf(driver)).toMatchObject({unservedSince: 102n, restartedAt: undefined});
    driver.block(driver.now + 100n, [driver.addStake(OWNER, X, 50_000_000n)]);
    driver.runEpoch(102, NOBODY);
    driver.block(driver.inEpoch(103));
    expect(driver.epoch.dutyCount).toBe(1);
    expect(driver.state.get(swarmHistoryKey(0))).toBeUndefined();
    driver.runEpoch(103, X_ALONE);
    driver.block(driver.inEpoch(104));
    expect(statusOf(driver)).toBe(STATUS.active);
    expect(historyOf(driver)).toMatchObject({unservedSince: undefined, restartedAt: undefined});
  });
});
