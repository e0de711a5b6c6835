import {describe, expect, it} from 'vitest';
import {SEAT, STATUS, VERDICT} from '../../src/protocol/chain/state-records.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {getServiceNode, serviceNodes} from '../../src/vm/state/service-nodes.ts';
import {getAmnesties, getTotals} from '../../src/vm/state/singletons.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';

const OWNERS = Array.from({length: 8}, (_, i) => testAccount(`boundary owner ${i}`));
const NODES = Array.from({length: 40}, (_, i) => testNode(`b${i}`));

const recordOf = (driver: Driver, {nodeId}: TestNode) => {
  const record = getServiceNode(driver.state, nodeId);
  if (record === undefined) throw new Error('node is not registered');
  return record;
};

function register(driver: Driver, nodes: readonly TestNode[], ms: number): void {
  for (let i = 0; i < nodes.length; i += OWNERS.length) {
    const some = nodes.slice(i, i + OWNERS.length);
    const txs = some.map((node, j) => driver.register(OWNERS[j]!, node));
    driver.block(driver.at(ms + i * 10), txs);
  }
}

/** Seated at S_2, all in swarms of their own choice by the draw. */
function seated(nodes: readonly TestNode[], swarmExponent: number): Driver {
  const driver = new Driver({accounts: OWNERS, rules: {swarmExponent}});
  register(driver, nodes, 1000);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

/** One epoch in which these are silent, up to the block that judges it. */
function silence(
  driver: Driver,
  nodes: readonly TestNode[],
  epoch: number,
  silent: readonly TestNode[],
): void {
  const loud = nodes.filter((node) => !silent.includes(node));
  driver.runEpoch(epoch, {committing: loud, answering: loud});
  driver.block(driver.inEpoch(epoch + 1));
}

/** One silent node of each swarm in turn, so that several swarms are hit. */
function acrossSwarms(driver: Driver, nodes: readonly TestNode[], count: number): TestNode[] {
  const sorted = [...nodes].sort((a, b) => driver.swarmOf(a) - driver.swarmOf(b));
  const step = Math.floor(nodes.length / count);
  return Array.from({length: count}, (_, i) => sorted[i * step]!);
}

describe('amnesty', () => {
  const members = NODES.slice(0, 15);

  it.each([
    {missing: 3, what: 'exactly 20 %: everybody pays', verdict: VERDICT.miss, burned: 1_500_000n},
    {missing: 4, what: 'more than 20 %: unjudged', verdict: VERDICT.unjudged, burned: 0n},
  ])('$missing of 15 that passed before, $what', ({missing, verdict, burned}) => {
    const driver = seated(members, 1);
    silence(driver, members, 2, []);
    const silent = acrossSwarms(driver, members, missing);
    silence(driver, members, 3, silent);
    for (const node of silent) expect(recordOf(driver, node).lastVerdict).toBe(verdict);
    expect(getTotals(driver.state).burnedByMisses).toBe(burned);
    expect(getAmnesties(driver.state).transitions).toHaveLength(verdict === VERDICT.miss ? 0 : 1);
  });

  it('needs at least 3 nodes: 2 of 9 pay', () => {
    const few = NODES.slice(0, 9);
    const driver = seated(few, 0);
    silence(driver, few, 2, []);
    silence(driver, few, 3, few.slice(0, 2));
    expect(getTotals(driver.state).burnedByMisses).toBe(1_000_000n);
  });

  it('needs every swarm where there are fewer than 3: 4 of one swarm of two pay', () => {
    const driver = seated(members, 1);
    silence(driver, members, 2, []);
    const one = members.filter((node) => driver.swarmOf(node) === 0).slice(0, 4);
    silence(driver, members, 3, one);
    expect(getTotals(driver.state).burnedByMisses).toBe(2_000_000n);
  });

  it('does not reach those that did not pass before', () => {
    const driver = seated(members, 1);
    const [late, ...others] = members as [TestNode, ...TestNode[]];
    silence(driver, members, 2, [late]);
    silence(driver, members, 3, [late, ...acrossSwarms(driver, others, 4)]);
    expect(recordOf(driver, late)).toMatchObject({lastVerdict: VERDICT.miss, misses: 2});
    expect(getTotals(driver.state).burnedByMisses).toBe(1_000_000n);
  });

  it('ends after six epochs in a row, and begins again after one without', () => {
    const driver = seated(members, 1);
    silence(driver, members, 2, []);
    const silent = acrossSwarms(driver, members, 5);
    for (let epoch = 3; epoch < 9; epoch++) silence(driver, members, epoch, silent);
    expect(driver.epoch.amnestyStreak).toBe(6);
    expect(getTotals(driver.state).burnedByMisses).toBe(0n);
    silence(driver, members, 9, silent);
    expect(driver.epoch.amnestyStreak).toBe(0);
    expect(getTotals(driver.state).burnedByMisses).toBe(2_500_000n);
  });
});

describe('small chains', () => {
  it('with nobody turn their epochs', () => {
    const driver = new Driver({accounts: OWNERS});
    for (let epoch = 0; epoch < 5; epoch++) {
      driver.runEpoch(epoch, {committing: [], answering: []});
    }
    driver.block(driver.inEpoch(5));
    expect(driver.epoch).toMatchObject({epoch: 5n, dutyCount: 0, swarmExponent: 1});
  });

  it('with one node in one swarm serve at once, and that node is its own majority', () => {
    const [node] = NODES as [TestNode];
    const driver = seated([node], 0);
    expect(recordOf(driver, node)).toMatchObject({seat: SEAT.serving, swarmId: 0});
    silence(driver, [node], 2, []);
    expect(recordOf(driver, node)).toMatchObject({
      lastVerdict: VERDICT.pass,
      status: STATUS.active,
    });
  });
});

describe('the number of swarms', () => {
  const sizes = (driver: Driver): number[] =>
    Array.from({length: 2 ** driver.epoch.swarmExponent}, (_, i) => [
      ...swarmMembers(driver.state, i),
    ]).map(({length}) => length);

  it('goes up when 16 serve on average, and down again below 6', () => {
    const many = NODES.slice(0, 16);
    const driver = seated(many, 0);
    silence(driver, many, 2, []);
    expect(driver.epoch.nextSwarmExponent).toBeUndefined(); // seats of S_2 count from epoch 3 on
    silence(driver, many, 3, []);
    expect(driver.epoch).toMatchObject({swarmExponent: 0, nextSwarmExponent: 1});
    silence(driver, many, 4, []);
    expect(driver.epoch).toMatchObject({swarmExponent: 1, nextSwarmExponent: undefined});
    expect(sizes(driver)).toEqual([8, 8]);
    expect([...serviceNodes(driver.state)].every(([, {seat}]) => seat === SEAT.serving)).toBe(true);

    // All but five leave, one after the other: a swarm of eight lets two go at once.
    const staying = many.slice(0, 5);
    const leaving = many.slice(5);
    const txs = leaving.map((node) => ({node, owner: OWNERS[many.indexOf(node) % 8]!}));
    for (const {node, owner} of txs) {
      driver.block(driver.now + 100n, [driver.deregister(owner, node)]);
    }
    let epoch = 5;
    const here = () => many.filter((node) => recordOf(driver, node).status !== STATUS.retired);
    while (driver.epoch.swarmExponent === 1) {
      if (epoch > 160) throw new Error('the swarms did not merge');
      silence(driver, here(), epoch, []);
      epoch += 1;
    }
    expect(sizes(driver)).toHaveLength(1);
    const seats = here().map((node) => recordOf(driver, node).seat);
    expect(seats).toContain(SEAT.joining);
    expect(seats).toContain(SEAT.serving);
    silence(driver, here(), epoch, []);
    expect(driver.epoch.swarmExponent).toBe(0);
    expect(staying.every((node) => recordOf(driver, node).status === STATUS.active)).toBe(true);
  });

  it('stays at 15 on average', () => {
    const many = NODES.slice(0, 15);
    const driver = seated(many, 0);
    for (const epoch of [2, 3, 4]) silence(driver, many, epoch, []);
    expect(driver.epoch).toMatchObject({swarmExponent: 0, nextSwarmExponent: undefined});
  });
});
