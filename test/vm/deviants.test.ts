import {describe, expect, it} from 'vitest';
import {MISS_REASON, VERDICT} from '../../src/protocol/chain/state-records.ts';
import {getSwarmEpoch} from '../../src/vm/state/duties.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {type Driver, type TestNode, testAccount} from './driver.ts';
import {EMPTY_SET, ONE_RECORD_SET} from './fixtures.ts';
import {NODES, seated} from './idle-chain.ts';

const THREE = NODES.slice(0, 3);
const X = THREE[0]!;
const OTHERS = THREE.slice(1);
const PAYER = testAccount('acknowledging owner 0');

type Plan = {
  /** What X commits to, or nothing; the others commit to the empty set. */
  readonly set?: typeof EMPTY_SET | undefined;
  /** Of the others, who commit: fewer than two give no W. */
  readonly others?: readonly TestNode[];
};

/** From the first block of an epoch to that of the next. */
function runEpoch(driver: Driver, {set, others = OTHERS}: Plan): void {
  const {epoch, dutyCount} = driver.epoch;
  const at = (ms: number): bigint => driver.inEpoch(Number(epoch), ms);
  driver.block(driver.now + 1000n, [
    ...(set === undefined ? [] : [driver.commit(X, 0, set)]),
    ...others.map((node) => driver.commit(node)),
  ]);
  driver.block(at(3334));
  driver.block(at(6667));
  const answering = dutyCount === THREE.length ? THREE : OTHERS;
  driver.block(
    driver.now + 1000n,
    answering.map((node) => driver.answer(node)),
  );
  while (driver.now < at(16_666)) driver.block(driver.chain.nextEmptyBlockTime);
  const hasW = getSwarmEpoch(driver.state, {epoch, swarmId: 0})?.w !== undefined;
  expect(hasW).toBe(others.length === OTHERS.length);
  driver.block(driver.inEpoch(Number(epoch) + 1));
}

const recordOf = (driver: Driver) => getServiceNode(driver.state, X.nodeId);
const DEVIATION = {set: ONE_RECORD_SET};

describe('a member that ends on another C than W', () => {
  it('misses in the second epoch in a row', () => {
    const driver = seated(THREE, 0);
    runEpoch(driver, DEVIATION);
    expect(recordOf(driver)).toMatchObject({lastVerdict: VERDICT.pass, deviantStreak: 1});
    runEpoch(driver, DEVIATION);
    expect(recordOf(driver)).toMatchObject({
      lastVerdict: VERDICT.miss,
      lastMissReasons: MISS_REASON.deviant,
      deviantStreak: 2,
    });
  });

  it.each([
    {what: 'on W', between: {set: EMPTY_SET}},
    {what: 'without a commitment', between: {}},
    {what: 'without W', between: {set: ONE_RECORD_SET, others: OTHERS.slice(1)}},
  ])('begins anew after an epoch $what', ({between}) => {
    const driver = seated(THREE, 0);
    runEpoch(driver, DEVIATION);
    runEpoch(driver, between);
    expect(recordOf(driver)?.deviantStreak).toBe(0);
    runEpoch(driver, DEVIATION);
    expect(recordOf(driver)).toMatchObject({lastVerdict: VERDICT.pass, deviantStreak: 1});
  });

  it('begins anew after an epoch in maintenance', () => {
    const driver = seated(THREE, 0);
    driver.block(driver.now + 100n, [driver.maintain(PAYER, X, 3n, 1)]);
    runEpoch(driver, DEVIATION);
    expect(recordOf(driver)?.deviantStreak).toBe(1);
    expect(driver.epoch.dutyCount).toBe(OTHERS.length);
    runEpoch(driver, {});
    runEpoch(driver, DEVIATION);
    expect(recordOf(driver)).toMatchObject({lastVerdict: VERDICT.pass, deviantStreak: 1});
  });

  it('begins anew after a penalty has ended its duties', () => {
    const driver = seated(THREE, 0);
    runEpoch(driver, DEVIATION);
    driver.block(driver.now + 100n, [driver.evidence(PAYER, X)]);
    runEpoch(driver, {});
    expect(recordOf(driver)?.deviantStreak).toBe(0);
  });

  it('goes on over skipped epochs, which are none', () => {
    const driver = seated(THREE, 0);
    runEpoch(driver, DEVIATION);
    const {epoch} = driver.epoch;
    driver.block(driver.now + 100n, [driver.commit(X, 0, ONE_RECORD_SET)]);
    driver.block(
      driver.now + 100n,
      OTHERS.map((node) => driver.commit(node)),
    );
    driver.block(driver.inEpoch(Number(epoch), 6667));
    driver.block(driver.inEpoch(Number(epoch) + 5));
    expect(recordOf(driver)).toMatchObject({deviantStreak: 2, lastMissEpoch: epoch});
  });
});
