import {describe, expect, it} from 'vitest';
import {equalBytes} from '../../src/protocol/bytes.ts';
import {
  LEAVING,
  MISS_REASON,
  SEAT,
  STATUS,
  VERDICT,
} from '../../src/protocol/chain/state-records.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {type Driver, type TestNode, testAccount, testNode} from './driver.ts';
import {answerW, NODES, seated} from './idle-chain.ts';
import {changed} from './txs/trials.ts';

const THREE = NODES.slice(0, 3);
const OWNERS = [0, 5].map((i) => testAccount(`acknowledging owner ${i}`));
const OWNER = OWNERS[1]!;

const recordOf = (driver: Driver, {nodeId}: TestNode) => getServiceNode(driver.state, nodeId)!;

/** From round A, with all its commitments, to the first block of the next epoch. */
function finishEpoch(driver: Driver, answering: readonly TestNode[]): void {
  const epoch = Number(driver.epoch.epoch);
  driver.block(driver.inEpoch(epoch, 3334));
  driver.block(driver.inEpoch(epoch, 6667));
  driver.block(
    driver.now + 1000n,
    answering.map((node) => driver.answer(node)),
  );
  while (driver.now < driver.inEpoch(epoch, 16_666)) driver.block(driver.chain.nextEmptyBlockTime);
  driver.block(driver.inEpoch(epoch + 1));
}

/** From the first block of an epoch to that of the next; who does its duties answers W. */
function runEpoch(driver: Driver, nodes: readonly TestNode[]): void {
  const epoch = Number(driver.epoch.epoch);
  answerW(driver, nodes, epoch);
  driver.block(driver.inEpoch(epoch + 1));
}

describe('a convicted node whose owner adds stake in the same epoch', () => {
  it('has duties from the next epoch on, and a pass of that one opens its term', () => {
    const driver = seated(THREE, 0);
    const x = THREE[0]!;
    const others = THREE.slice(1);
    const before = recordOf(driver, x);
    driver.block(
      driver.now + 50n,
      THREE.map((node) => driver.commit(node)),
    );
    driver.block(driver.now + 50n, [
      driver.evidence(OWNER, x),
      driver.addStake(OWNERS[0]!, x, 50_000_000n),
    ]);
    finishEpoch(driver, others);
    expect(recordOf(driver, x)).toMatchObject({
      status: STATUS.decommissioning,
      leaving: LEAVING.no,
      lastVerdict: before.lastVerdict,
      historyCount: before.historyCount,
    });
    expect(driver.epoch.dutyCount).toBe(3);
    runEpoch(driver, THREE);
    expect(recordOf(driver, x)).toMatchObject({
      status: STATUS.active,
      lastVerdict: VERDICT.pass,
      principal: 140_000_000n,
      historyCount: before.historyCount + 1,
    });
  });

  it('misses nothing by leaving the duties of that epoch undone', () => {
    const driver = seated(THREE, 0);
    const x = THREE[0]!;
    driver.block(driver.now + 50n, [
      driver.evidence(OWNER, x),
      driver.addStake(OWNERS[0]!, x, 50_000_000n),
    ]);
    runEpoch(driver, THREE.slice(1));
    expect(recordOf(driver, x)).toMatchObject({lastMissEpoch: 0n, historyCount: 0});
  });
});

describe('a pass that opened a term', () => {
  const FOUR = NODES.slice(0, 4);
  const x = FOUR[0]!;
  const others = FOUR.slice(1);

  /** The first block after the epoch of the pass; retiring at the transition that is returned. */
  function begun(): {readonly driver: Driver; readonly retiresAt: bigint} {
    const driver = seated(FOUR, 0);
    driver.block(driver.now + 50n, [driver.evidence(OWNER, x)]);
    runEpoch(driver, others);
    driver.block(driver.now + 50n, [driver.addStake(OWNERS[0]!, x, 50_000_000n)]);
    const retiresAt = recordOf(driver, x).retiresAtTransition;
    runEpoch(driver, others);
    runEpoch(driver, FOUR);
    expect(recordOf(driver, x)).toMatchObject({status: STATUS.active, principal: 140_000_000n});
    return {driver, retiresAt};
  }

  /** All others say that X's answer was wrong. */
  function refute(driver: Driver, nodes: readonly TestNode[]): void {
    const index = [...swarmMembers(driver.state, 0)].findIndex((id) => equalBytes(id, x.nodeId));
    const dissent = Uint8Array.of(1 << index);
    const commitments = nodes.map((node) =>
      node === x ? driver.commit(node) : changed(driver.commit(node), {}, {dissent}),
    );
    driver.block(driver.now + 1000n, commitments);
    finishEpoch(driver, nodes);
  }

  it('stops the clock when nobody has refuted it in the next epoch', () => {
    const {driver} = begun();
    runEpoch(driver, FOUR);
    expect(recordOf(driver, x)).toMatchObject({status: STATUS.active, retiresAtTransition: 0n});
  });

  it('has opened none when it is refuted, and the miss costs nothing [R69]', () => {
    const {driver, retiresAt} = begun();
    refute(driver, others);
    expect(recordOf(driver, x)).toMatchObject({
      status: STATUS.decommissioning,
      leaving: LEAVING.no,
      stake: 140_000_000n,
      retiresAtTransition: retiresAt,
      lastVerdict: VERDICT.miss,
    });
    while (driver.epoch.transitions < retiresAt) runEpoch(driver, others);
    expect(recordOf(driver, x).status).toBe(STATUS.retired);
  });

  it('may be followed by one that opens it', () => {
    const {driver} = begun();
    const {epoch} = driver.epoch;
    refute(driver, FOUR);
    expect(recordOf(driver, x)).toMatchObject({
      status: STATUS.active,
      misses: 0,
      stake: 140_000_000n,
      lastVerdict: VERDICT.pass,
      lastMissEpoch: epoch - 1n,
      lastMissReasons: MISS_REASON.wrongAnswer,
    });
  });
});

describe('a node that returns after it timed out as a joining member', () => {
  const late = testNode('late');

  /** Returning, in its first epoch with duties. */
  function returned(): Driver {
    const driver = seated(THREE, 0);
    driver.block(driver.now + 50n, [driver.register(OWNER, late)]);
    while (recordOf(driver, late).status === STATUS.active) runEpoch(driver, THREE);
    expect(recordOf(driver, late)).toMatchObject({
      leaving: LEAVING.joinTimeout,
      seat: SEAT.joining,
      joiningEpochs: 6,
    });
    driver.block(driver.now + 50n, [driver.addStake(OWNER, late, 3_000_000n)]);
    expect(recordOf(driver, late)).toMatchObject({leaving: LEAVING.no, joiningEpochs: 0});
    runEpoch(driver, THREE);
    return driver;
  }

  it('has its six epochs again', () => {
    const driver = returned();
    for (let missed = 1; missed < 6; missed++) {
      expect(driver.epoch.dutyCount).toBe(4);
      runEpoch(driver, THREE);
      expect(recordOf(driver, late)).toMatchObject({leaving: LEAVING.no, joiningEpochs: missed});
    }
    runEpoch(driver, THREE);
    expect(recordOf(driver, late).leaving).toBe(LEAVING.joinTimeout);
    expect(driver.epoch.dutyCount).toBe(3);
  });

  it('has them once, however often stake is added', () => {
    const driver = returned();
    runEpoch(driver, THREE);
    driver.block(driver.now + 50n, [driver.addStake(OWNER, late, 1n)]);
    expect(recordOf(driver, late).joiningEpochs).toBe(1);
  });

  it('serves in a new term when it answers W in one of them', () => {
    const driver = returned();
    runEpoch(driver, THREE);
    runEpoch(driver, [...THREE, late]);
    expect(recordOf(driver, late)).toMatchObject({
      status: STATUS.active,
      seat: SEAT.serving,
      misses: 0,
      joiningEpochs: 0,
    });
  });
});
