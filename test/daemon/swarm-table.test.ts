import {describe, expect, it} from 'vitest';
import {nodeIdToString} from '../../src/crypto/ids.ts';
import {SwarmTable} from '../../src/daemon/swarm-table.ts';
import type {SwarmState} from '../../src/messaging/ports.ts';
import type {SwarmInfo} from '../../src/protocol/api.ts';
import {bytesToHex, toSessionId} from '../../src/protocol/bytes.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';
import {acknowledgingGroups} from '../../src/vm/acknowledge.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import type {Driver} from '../vm/driver.ts';
import {NODES, run, seated} from '../vm/idle-chain.ts';
import {FakeChain} from './fake-chain.ts';
import {fakeEpoch, fakeSwarms} from './fake-registry.ts';
import {tableOf} from './table-of.ts';

const inbox = (number: number) => toSessionId(new Uint8Array(33).fill(number));

/** Some inbox of each swarm. */
function stateOf(table: SwarmTable, swarmId: number): SwarmState {
  const found = Array.from({length: 200}, (_, number) => inbox(number)).find(
    (account) => swarmOf(account, table.swarmExponent) === swarmId,
  );
  return table.swarmOf(found!)!;
}

function expectAsOnChain(driver: Driver, table: SwarmTable): void {
  for (let swarmId = 0; swarmId < 2 ** table.swarmExponent; swarmId++) {
    const {members, acknowledge} = stateOf(table, swarmId);
    const groups = acknowledgingGroups(driver.state, swarmId);
    expect(members.map(bytesToHex)).toEqual(
      [...swarmMembers(driver.state, swarmId)].map(bytesToHex),
    );
    expect(acknowledge.map((group) => group.map(bytesToHex))).toEqual(
      groups.map((group) => group.map(bytesToHex)),
    );
    for (const nodeId of members) expect(table.seatOf(nodeId)?.swarmId).toBe(swarmId);
  }
}

describe('what a node knows of changing swarms', () => {
  it('is both halves while a split is announced', async () => {
    const driver = seated(NODES, 0);
    for (const epoch of [2, 3]) {
      run(driver, NODES, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    const before = await tableOf(driver);
    expectAsOnChain(driver, before);
    expect(stateOf(before, 0).acknowledge.map(({length}) => length)).toEqual([8, 8]);
    expect(stateOf(before, 0).sibling).toBeUndefined();
    run(driver, NODES, 4);
    driver.block(driver.inEpoch(5));
    const after = await tableOf(driver);
    expectAsOnChain(driver, after);
    expect(after.swarmExponent).toBe(1);
    expect(stateOf(after, 1).acknowledge).toHaveLength(1);
  });

  it('is the sibling too while a merge is announced, and newcomers apart after it', async () => {
    const four = NODES.slice(0, 4);
    const driver = seated(four, 1);
    for (const epoch of [2, 3]) {
      run(driver, four, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    const before = await tableOf(driver);
    expectAsOnChain(driver, before);
    const [first, second] = [stateOf(before, 0), stateOf(before, 1)];
    expect([first.sibling, second.sibling]).toEqual([1, 0]);
    expect(first.acknowledge).toEqual([first.members, second.members]);
    run(driver, four, 4);
    driver.block(driver.inEpoch(5));
    const after = await tableOf(driver);
    expectAsOnChain(driver, after);
    const {sibling, members, acknowledge} = stateOf(after, 0);
    expect(sibling).toBeUndefined();
    expect(members).toHaveLength(4);
    expect(acknowledge).toEqual([first.members, second.members]);
  });
});

describe('a swarm of others', () => {
  const members = NODES.slice(0, 4).map(({nodeId}) => nodeIdToString(nodeId));
  const chain = new FakeChain();

  function standingOf(over: Partial<SwarmInfo>): unknown {
    const swarms = fakeSwarms(chain, {}).items.map((swarm) => ({...swarm, members, ...over}));
    return new SwarmTable(fakeEpoch(chain), swarms).holdersFor(NODES[9]!.nodeId).swarms[0];
  }

  it('is served when more than half of its members have answered W, and somebody has duties', () => {
    expect(standingOf({serving: 3})).toEqual({isServed: true, restartedAt: undefined});
    expect(standingOf({serving: 2})).toMatchObject({isServed: false});
    expect(standingOf({serving: 4, unservedSince: '7'})).toMatchObject({isServed: false});
    expect(standingOf({members: [], serving: 0})).toMatchObject({isServed: false});
    expect(standingOf({serving: 4, restartedAt: '7'})).toEqual({isServed: true, restartedAt: 7n});
  });
});
