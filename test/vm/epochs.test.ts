import {describe, expect, it} from 'vitest';
import {SEAT, STATUS, VERDICT} from '../../src/protocol/chain/state-records.ts';
import {getSwarmEpoch, getTally} from '../../src/vm/state/duties.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {burnedTotal, getTotals} from '../../src/vm/state/singletons.ts';
import {commitmentOf} from '../../src/vm/stored-set.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';
import {EMPTY_SET} from './fixtures.ts';

const owner = testAccount('owner');
const NODES = Array.from({length: 16}, (_, i) => testNode(`n${i}`));

/** Registers all nodes in epoch 0 and runs up to the first block of epoch 2, where seats come. */
function seatedChain(nodes: readonly TestNode[] = NODES): Driver {
  const driver = new Driver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

const recordOf = (driver: Driver, {nodeId}: TestNode) => {
  const record = getServiceNode(driver.state, nodeId);
  if (record === undefined) throw new Error('node is not registered');
  return record;
};

describe('an epoch', () => {
  it('seats nodes of epoch 0 at S_2, eight to a swarm', () => {
    const driver = seatedChain();
    expect([...swarmMembers(driver.state, 0)]).toHaveLength(8);
    expect([...swarmMembers(driver.state, 1)]).toHaveLength(8);
    expect(driver.epoch.dutyCount).toBe(16);
  });

  it('seats nobody at S_1', () => {
    const driver = new Driver({accounts: [owner]});
    driver.block(driver.at(1000), [driver.register(owner, NODES[0]!)]);
    driver.runEpoch(0, {committing: [], answering: []});
    driver.block(driver.inEpoch(1));
    expect(driver.epoch.dutyCount).toBe(0);
  });

  it('passes who commits and answers', () => {
    const driver = seatedChain();
    driver.runEpoch(2, {committing: NODES, answering: NODES});
    driver.block(driver.inEpoch(3));
    for (const node of NODES) {
      expect(recordOf(driver, node)).toMatchObject({
        lastVerdict: VERDICT.pass,
        stake: 100_000_000n,
        uptimeScore: 10_000,
      });
    }
    expect(burnedTotal(getTotals(driver.state))).toBe(0n);
  });

  it.each([
    {what: 'no commitment', committing: NODES.slice(1), answering: NODES, reasons: 1},
    {what: 'no answer', committing: NODES, answering: NODES.slice(1), reasons: 2},
    {what: 'neither', committing: NODES.slice(1), answering: NODES.slice(1), reasons: 3},
  ])('burns exactly 0.5 % for $what, once', ({committing, answering, reasons}) => {
    const driver = seatedChain();
    driver.runEpoch(2, {committing, answering});
    driver.block(driver.inEpoch(3));
    expect(recordOf(driver, NODES[0]!)).toMatchObject({
      lastVerdict: VERDICT.miss,
      lastMissReasons: reasons,
      stake: 99_500_000n,
      misses: 1,
      uptimeScore: 0,
    });
    expect(recordOf(driver, NODES[1]!)).toMatchObject({
      lastVerdict: VERDICT.pass,
      stake: 100_000_000n,
    });
    expect(getTotals(driver.state)).toMatchObject({
      burnedByMisses: 500_000n,
      totalBonded: 16n * 100_000_000n - 500_000n,
    });
  });

  it('decommissions at 100 misses with exactly half of the principal gone, and retires 24 epochs later', () => {
    const node = NODES[0]!;
    const driver = seatedChain([node]);
    for (let epoch = 2; epoch < 102; epoch++)
      driver.runEpoch(epoch, {committing: [], answering: []});
    expect(recordOf(driver, node)).toMatchObject({
      status: STATUS.active,
      misses: 99,
      stake: 50_500_000n,
    });
    driver.block(driver.inEpoch(102));
    expect(recordOf(driver, node)).toMatchObject({
      status: STATUS.decommissioning,
      misses: 100,
      stake: 50_000_000n,
    });
    expect(driver.epoch.dutyCount).toBe(0);
    for (let epoch = 103; epoch < 126; epoch++) driver.block(driver.inEpoch(epoch));
    expect(recordOf(driver, node).status).toBe(STATUS.decommissioning);
    driver.block(driver.inEpoch(126));
    expect(recordOf(driver, node).status).toBe(STATUS.retired);
    expect(getTotals(driver.state)).toMatchObject({totalBonded: 0n, unbonding: 50_000_000n});
  });

  it('burns an odd principal to exactly its half, rounding down each time', () => {
    const driver = new Driver({accounts: [owner]});
    const node = NODES[0]!;
    driver.block(driver.at(1000), [driver.register(owner, node, 100_000_199n)]);
    for (let epoch = 0; epoch < 102; epoch++)
      driver.runEpoch(epoch, {committing: [], answering: []});
    driver.block(driver.inEpoch(102));
    expect(recordOf(driver, node).stake).toBe(100_000_199n - (100_000_199n * 100n) / 200n);
  });

  it('keeps duties of a node that leaves by its own wish until it retires', () => {
    const driver = seatedChain();
    const leaver = NODES[3]!;
    driver.block(driver.now + 100n, [driver.deregister(owner, leaver)]);
    driver.runEpoch(2, {committing: NODES, answering: NODES});
    for (let epoch = 3; epoch < 26; epoch++)
      driver.runEpoch(epoch, {committing: NODES, answering: NODES});
    expect(recordOf(driver, leaver)).toMatchObject({
      status: STATUS.decommissioning,
      lastVerdict: VERDICT.pass,
    });
    expect(driver.epoch.dutyCount).toBe(16);
    driver.block(driver.inEpoch(26));
    expect(recordOf(driver, leaver)).toMatchObject({status: STATUS.retired, stake: 100_000_000n});
    expect(driver.epoch.dutyCount).toBe(15);
  });

  it('retires a node that never had a seat at the next transition', () => {
    const driver = new Driver({accounts: [owner]});
    const node = NODES[0]!;
    driver.block(driver.at(1000), [driver.register(owner, node)]);
    driver.block(driver.at(2000), [driver.deregister(owner, node)]);
    driver.block(driver.inEpoch(1));
    expect(recordOf(driver, node).status).toBe(STATUS.retired);
  });
});

describe('W', () => {
  const OTHER_SET = {
    ...EMPTY_SET,
    recordCount: 1n,
    chunkCount: 1n,
    bytes: 5n,
    root: new Uint8Array(32).fill(7),
  } as typeof EMPTY_SET;

  it('is what more than half of the duty members ended on, counting revision 1', () => {
    const driver = seatedChain();
    const [mine, others] = [0, 1].map((swarm) =>
      NODES.filter((node) => driver.swarmOf(node) === swarm),
    );
    const dissenters = mine!.slice(0, 4);
    driver.block(driver.now + 1000n, [
      ...dissenters.map((node) => driver.commit(node, 0, OTHER_SET)),
      ...mine!.slice(4).map((node) => driver.commit(node)),
      ...others!.map((node) => driver.commit(node)),
    ]);
    driver.block(driver.inEpoch(2, 3334));
    driver.block(driver.now + 1000n, [driver.commit(dissenters[0]!, 1)]);
    driver.block(driver.inEpoch(2, 6667));
    expect(getSwarmEpoch(driver.state, {epoch: 2n, swarmId: 0})?.w?.set).toEqual(EMPTY_SET);
  });

  it('may be what only a joining member posted, when the others move to it', () => {
    const driver = new Driver({accounts: [owner], rules: {swarmExponent: 0}});
    const [x, y, late] = [NODES[0]!, NODES[1]!, NODES[2]!];
    driver.block(
      driver.at(1000),
      [x, y].map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
    );
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    driver.block(driver.inEpoch(2));
    driver.block(driver.now + 100n, [driver.register(owner, late)]);
    for (const epoch of [2, 3]) driver.runEpoch(epoch, {committing: [x, y], answering: [x, y]});
    driver.block(driver.inEpoch(4));
    expect(recordOf(driver, late).seat).toBe(SEAT.joining);
    driver.block(driver.now + 1000n, [
      driver.commit(x),
      driver.commit(y),
      driver.commit(late, 0, OTHER_SET),
    ]);
    driver.block(driver.inEpoch(4, 3334));
    driver.block(driver.now + 1000n, [driver.commit(x, 1, OTHER_SET)]);
    driver.block(driver.now + 1000n, [driver.commit(y, 1, OTHER_SET)]);
    const at = {epoch: 4n, swarmId: 0};
    const c = commitmentOf(driver.config, at, OTHER_SET);
    expect(getTally(driver.state, at, c)).toEqual({set: OTHER_SET, roundA: 0, ended: 2});
    driver.block(driver.inEpoch(4, 6667));
    expect(getSwarmEpoch(driver.state, at)?.w).toEqual({c, set: OTHER_SET});
  });

  it('does not exist when no set has more than half', () => {
    const driver = seatedChain();
    const mine = NODES.filter((node) => driver.swarmOf(node) === 0);
    driver.block(driver.now + 1000n, [
      ...mine.slice(0, 4).map((node) => driver.commit(node, 0, OTHER_SET)),
      ...mine.slice(4).map((node) => driver.commit(node)),
    ]);
    driver.block(driver.inEpoch(2, 3334));
    driver.block(driver.inEpoch(2, 6667));
    expect(getSwarmEpoch(driver.state, {epoch: 2n, swarmId: 0})?.w).toBeUndefined();
    expect(() =>
      driver.block(driver.now + 1000n, [
        driver.answer(mine[0]!, new Uint8Array(32).fill(1) as never),
      ]),
    ).not.toThrow();
    expect(recordOf(driver, mine[0]!).lastPingAt).toBe(0n);
  });
});

describe('a halted chain', () => {
  it('judges nobody when the answer window did not close', () => {
    const driver = seatedChain();
    driver.block(
      driver.now + 1000n,
      NODES.map((node) => driver.commit(node)),
    );
    driver.block(driver.now + 1000n);
    driver.block(driver.inEpoch(3));
    for (const node of NODES) expect(recordOf(driver, node).lastVerdict).toBe(VERDICT.unjudged);
    expect(getTotals(driver.state).burnedByMisses).toBe(0n);
  });

  it('does not judge missing commitments when round A had too few blocks', () => {
    const driver = seatedChain();
    driver.block(driver.inEpoch(2, 3334));
    driver.block(driver.inEpoch(2, 6667));
    driver.block(
      driver.now + 1000n,
      NODES.map((node) => driver.answer(node)),
    );
    while (driver.now < driver.inEpoch(2, 16_666)) driver.block(driver.chain.nextEmptyBlockTime);
    driver.block(driver.inEpoch(3));
    for (const node of NODES) expect(recordOf(driver, node).lastVerdict).toBe(VERDICT.unjudged);
  });

  it('makes one transition over skipped epochs', () => {
    const driver = seatedChain();
    driver.runEpoch(2, {committing: NODES, answering: NODES});
    driver.block(driver.inEpoch(40));
    expect(driver.epoch).toMatchObject({epoch: 40n, transitions: 3n, dutyCount: 16});
    for (const node of NODES) expect(recordOf(driver, node).lastVerdict).toBe(VERDICT.pass);
  });

  it('draws nothing and seats nobody after an epoch without a block past round A', () => {
    const driver = new Driver({accounts: [owner]});
    driver.block(driver.at(1000), [driver.register(owner, NODES[0]!)]);
    driver.runEpoch(0, {committing: [], answering: []});
    driver.block(driver.inEpoch(1));
    const {mix} = driver.epoch;
    driver.block(driver.inEpoch(2));
    expect(driver.epoch).toMatchObject({mix, drawn: false, dutyCount: 0});
    driver.runEpoch(2, {committing: [], answering: []});
    driver.block(driver.inEpoch(3));
    expect(driver.epoch.dutyCount).toBe(1);
  });
});
