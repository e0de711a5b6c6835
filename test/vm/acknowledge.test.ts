import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {bytesToHex, type NodeId} from '../../src/protocol/bytes.ts';
import {acknowledgingGroups} from '../../src/vm/acknowledge.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';

const OWNERS = Array.from({length: 8}, (_, i) => testAccount(`acknowledging owner ${i}`));
const NODES = Array.from({length: 16}, (_, i) => testNode(`ack${i}`));

/** Seated at S_2, all of them; whoever is seated serves. */
function seated(nodes: readonly TestNode[], swarmExponent: number): Driver {
  const driver = new Driver({accounts: OWNERS, rules: {swarmExponent}});
  for (let i = 0; i < nodes.length; i += OWNERS.length) {
    const some = nodes.slice(i, i + OWNERS.length);
    const txs = some.map((node, j) => driver.register(OWNERS[j]!, node));
    driver.block(driver.at(1000 + i * 10), txs);
  }
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

/** One epoch in which all do their duties, without the block that judges it. */
function run(driver: Driver, nodes: readonly TestNode[], epoch: number): void {
  driver.runEpoch(epoch, {committing: nodes, answering: nodes});
}

/** One epoch in which all show that they hold W. */
function answerW(driver: Driver, nodes: readonly TestNode[], epoch: number): void {
  driver.block(
    driver.now + 1000n,
    nodes.map((node) => driver.commit(node)),
  );
  driver.block(driver.inEpoch(epoch, 3334));
  driver.block(driver.inEpoch(epoch, 6667));
  driver.block(
    driver.now + 1000n,
    nodes.map((node) => driver.answer(node, sha256(node.nodeId))),
  );
  while (driver.now < driver.inEpoch(epoch, 16_666)) driver.block(driver.chain.nextEmptyBlockTime);
}

const setOf = (ids: Iterable<NodeId>): readonly string[] => [...ids].map(bytesToHex).sort();
const membersOf = (driver: Driver, swarmId: number) => setOf(swarmMembers(driver.state, swarmId));
const groupsOf = (driver: Driver, swarmId: number) =>
  acknowledgingGroups(driver.state, swarmId).map(setOf);

describe('who acknowledges a write', () => {
  it('is the whole swarm while nothing changes', () => {
    const driver = seated(NODES.slice(0, 6), 1);
    for (const swarmId of [0, 1]) {
      expect(groupsOf(driver, swarmId)).toEqual([membersOf(driver, swarmId)]);
    }
  });

  it('is each of the two swarms that a split will make, before the draw of its epoch and after it', () => {
    const driver = seated(NODES, 0);
    run(driver, NODES, 2);
    driver.block(driver.inEpoch(3));
    expect(groupsOf(driver, 0)).toEqual([membersOf(driver, 0)]);
    run(driver, NODES, 3);
    driver.block(driver.inEpoch(4));
    expect(driver.epoch).toMatchObject({nextSwarmExponent: 1, drawn: false});
    const before = groupsOf(driver, 0);
    run(driver, NODES, 4);
    expect(driver.epoch).toMatchObject({nextSwarmExponent: 1, drawn: true});
    const after = groupsOf(driver, 0);
    driver.block(driver.inEpoch(5));
    expect(driver.epoch).toMatchObject({swarmExponent: 1, nextSwarmExponent: undefined});
    const swarms = [membersOf(driver, 0), membersOf(driver, 1)];
    expect(swarms.map(({length}) => length)).toEqual([8, 8]);
    expect(before).toEqual(swarms);
    expect(after).toEqual(swarms);
    for (const swarmId of [0, 1]) expect(groupsOf(driver, swarmId)).toEqual([swarms[swarmId]]);
  });

  it('is both swarms before a merge, and their members apart until those who came have answered W', () => {
    const four = NODES.slice(0, 4);
    const driver = seated(four, 1);
    for (const epoch of [2, 3]) {
      run(driver, four, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    expect(driver.epoch).toMatchObject({swarmExponent: 1, nextSwarmExponent: 0});
    const [first, second] = [membersOf(driver, 0), membersOf(driver, 1)];
    expect([...first, ...second]).toHaveLength(4);
    expect(groupsOf(driver, 0)).toEqual([first, second]);
    expect(groupsOf(driver, 1)).toEqual([second, first]);
    run(driver, four, 4);
    driver.block(driver.inEpoch(5));
    expect(driver.epoch.swarmExponent).toBe(0);
    expect(groupsOf(driver, 0)).toEqual([first, second]);
    // Nobody of the second swarm answers: they stay apart.
    const old = four.filter(({nodeId}) => first.includes(bytesToHex(nodeId)));
    driver.runEpoch(5, {committing: four, answering: old});
    driver.block(driver.inEpoch(6));
    expect(groupsOf(driver, 0)).toEqual([first, second]);
    const joining = four.filter(({nodeId}) => second.includes(bytesToHex(nodeId)));
    expect(joining.length).toBeGreaterThan(0);
    answerW(driver, four, 6);
    driver.block(driver.inEpoch(7));
    expect(groupsOf(driver, 0)).toEqual([setOf(four.map(({nodeId}) => nodeId))]);
  });
});
