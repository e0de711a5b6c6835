import {describe, expect, it} from 'vitest';
import {bytesToHex, type NodeId} from '../../src/protocol/bytes.ts';
import {splitHalves} from '../../src/swarm/halves.ts';
import {acknowledgingGroups} from '../../src/vm/acknowledge.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {putEpochState} from '../../src/vm/state/singletons.ts';
import {StateView} from '../../src/vm/state/view.ts';
import {type Driver, type TestNode, testAccount} from './driver.ts';
import {answerW, NODES, run, seated} from './idle-chain.ts';

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

  describe('after a merge of five and five', () => {
    const ten = NODES.slice(0, 10);
    const payer = testAccount('payer');

    /** At S_5, the merge has just taken effect. */
    function merged() {
      const driver = seated(ten, 1);
      for (const epoch of [2, 3, 4]) {
        if (epoch === 4) expect(driver.epoch).toMatchObject({nextSwarmExponent: 0});
        const sides = [0, 1].map((swarmId) => ten.filter((n) => driver.swarmOf(n) === swarmId));
        run(driver, ten, epoch);
        driver.block(driver.inEpoch(epoch + 1));
        if (epoch === 4) return {driver, lower: sides[0]!, upper: sides[1]!};
      }
      throw new Error('no merge');
    }
    const named = (...groups: readonly (readonly TestNode[])[]) =>
      groups.map((group) => setOf(group.map(({nodeId}) => nodeId)));

    it('is one group once more than half of those who came have answered, whoever is silent', () => {
      const {driver, lower, upper} = merged();
      expect([lower.length, upper.length]).toEqual([5, 5]);
      expect(groupsOf(driver, 0)).toEqual(named(lower, upper));
      answerW(driver, [...lower, ...upper.slice(0, 4)], 5);
      driver.block(driver.inEpoch(6));
      expect(groupsOf(driver, 0)).toEqual(named(ten));
    });

    it('counts those who have answered with those who have not', () => {
      const {driver, lower, upper} = merged();
      answerW(driver, [...lower, ...upper.slice(0, 2)], 5);
      driver.block(driver.inEpoch(6));
      expect(groupsOf(driver, 0)).toEqual(named(lower, upper));
    });

    it('leaves out who has lost its duties, on either side, while the sides are apart', () => {
      const {driver, lower, upper} = merged();
      answerW(driver, [...lower, ...upper.slice(0, 2)], 5);
      driver.block(driver.inEpoch(6));
      const convict = (node: TestNode) =>
        driver.block(driver.now + 1000n, [driver.evidence(payer, node)]);
      convict(lower[0]!);
      convict(upper[4]!);
      expect(membersOf(driver, 0)).toHaveLength(10);
      expect(groupsOf(driver, 0)).toEqual(named(lower.slice(1), upper.slice(0, 4)));
      convict(upper[3]!);
      expect(groupsOf(driver, 0)).toEqual(named(ten));
    });

    it('goes on within both halves while a split is announced', () => {
      const {driver, lower, upper} = merged();
      const state = new StateView(driver.state);
      putEpochState(state, {...driver.epoch, nextSwarmExponent: 1});
      const {drawn, mix} = driver.epoch;
      expect(drawn).toBe(false);
      const ids = [...swarmMembers(driver.state, 0)];
      const expected = splitHalves(mix, ids).flatMap((half) => {
        const inHalf = (nodes: readonly TestNode[]) =>
          nodes.filter(({nodeId}) => setOf(half).includes(bytesToHex(nodeId)));
        return [setOf(half), ...named(inHalf(lower), inHalf(upper))];
      });
      expect(expected.map(({length}) => length > 0)).toEqual(Array.from({length: 6}, () => true));
      expect(acknowledgingGroups(state, 0).map(setOf)).toEqual(expected);
    });
  });

  it('is each side of an unfinished merge, in the sibling too, while the next merge is announced', () => {
    const eight = NODES.slice(0, 8);
    const driver = seated(eight, 2);
    for (const epoch of [2, 3]) {
      run(driver, eight, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    expect(driver.epoch).toMatchObject({swarmExponent: 2, nextSwarmExponent: 1});
    const [a, b, c, d] = [0, 1, 2, 3].map((swarmId) => membersOf(driver, swarmId));
    expect([a, b, c, d].map((swarm) => swarm!.length)).toEqual([2, 2, 2, 2]);
    const old = eight.filter(({nodeId}) => [...a!, ...b!].includes(bytesToHex(nodeId)));
    run(driver, eight, 4);
    driver.block(driver.inEpoch(5));
    expect(groupsOf(driver, 0)).toEqual([a, c]);
    expect(groupsOf(driver, 1)).toEqual([b, d]);
    driver.runEpoch(5, {committing: eight, answering: old});
    driver.block(driver.inEpoch(6));
    expect(driver.epoch).toMatchObject({swarmExponent: 1, nextSwarmExponent: 0});
    const [left, right] = [membersOf(driver, 0), membersOf(driver, 1)];
    expect(groupsOf(driver, 0)).toEqual([left, a, c, right, b, d]);
    expect(groupsOf(driver, 1)).toEqual([right, b, d, left, a, c]);
  });
});
