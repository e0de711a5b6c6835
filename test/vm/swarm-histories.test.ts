import {describe, expect, it} from 'vitest';
import {swarmHistoryKey} from '../../src/protocol/chain/state-keys.ts';
import {STATUS} from '../../src/protocol/chain/state-records.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {getSwarmHistory} from '../../src/vm/state/swarm-histories.ts';
import {Driver, testAccount, testNode} from './driver.ts';

const OWNER = testAccount('owner');
const OTHER = testAccount('other owner');
const X = testNode('x');

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

const statusOf = (driver: Driver) => getServiceNode(driver.state, X.nodeId)?.status;
const historyOf = (driver: Driver) => getSwarmHistory(driver.state, 0);

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
