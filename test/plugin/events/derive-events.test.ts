import {describe, expect, it} from 'vitest';
import {idToString, nodeIdToString} from '../../../src/crypto/ids.ts';
import {deriveEvents} from '../../../src/plugin/events/derive-events.ts';
import {eventView} from '../../../src/plugin/events/event-view.ts';
import {EventChunk, MAX_CHUNK_EVENTS} from '../../../src/plugin/events/stored-event.ts';
import type {ChainEvent, EventType} from '../../../src/protocol/chain-events.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {testAccount, testNode} from '../../vm/driver.ts';
import {RecordedDriver} from './recorded-driver.ts';

const owner = testAccount('owner');
const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(testNode);

/** Registered in epoch 0, seated by epoch 2; in epoch 2 the last one commits, and does not answer. */
function history(): RecordedDriver {
  const driver = new RecordedDriver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.runEpoch(2, {committing: nodes, answering: nodes.slice(0, -1)});
  driver.block(driver.inEpoch(3));
  driver.block(driver.now + 1000n, [driver.deregister(owner, nodes[0]!)]);
  return driver;
}

function told(driver: RecordedDriver): readonly ChainEvent[] {
  return driver.acceptances.flatMap((acceptance) => {
    const {id, height, timestamp} = acceptance.executed.block;
    return deriveEvents(acceptance).map((event, index) =>
      eventView({height, index, blockId: id, timestamp, event}),
    );
  });
}

const driver = history();
const STAKE = driver.config.rules.minStake;
const events = told(driver);
const of = <T extends EventType>(type: T) =>
  events.filter((event): event is Extract<ChainEvent, {type: T}> => event.type === type);

describe('events of accepted blocks', () => {
  it('begin with the block itself', () => {
    expect(of('block')).toHaveLength(driver.blocks.length);
    for (const [i, event] of of('block').entries()) {
      const {height, txs} = driver.blocks[i]!;
      expect(event).toMatchObject({cursor: `${height}/0`, txCount: txs.length});
    }
    expect(of('block')[1]!.parentId).toBe(of('block')[0]!.blockId);
    expect(of('block')[0]!.parentId).not.toBe(idToString(driver.blocks[0]!.id));
  });

  it('tell every stage of an epoch once, in order', () => {
    const stages = of('epoch')
      .filter(({epoch}) => epoch === '2')
      .map(({stage}) => stage);
    expect(stages).toEqual(['started', 'drawn', 'majoritiesFixed', 'answersClosed']);
    const started = of('epoch').find(({epoch, stage}) => epoch === '2' && stage === 'started');
    expect(started).toMatchObject({dutyCount: nodes.length, numSwarms: 2});
    const fixed = of('epoch').find(
      ({epoch, stage}) => epoch === '2' && stage === 'majoritiesFixed',
    );
    expect(fixed).toMatchObject({swarmsWithoutMajority: 0});
  });

  it('tell of newcomers, their seats and who leaves', () => {
    const ids = nodes.map(({nodeId}) => nodeIdToString(nodeId)).sort();
    const registered = of('node').filter(({changes}) => changes.includes('registered'));
    expect(registered.map(({nodeId}) => nodeId).sort()).toEqual(ids);
    expect(registered[0]).toMatchObject({
      previous: null,
      node: {status: 'active', seat: 'none', swarmId: null, stake: STAKE.toString()},
    });
    const seated = of('node').filter(({changes}) => changes.includes('seat'));
    expect(seated.map(({nodeId}) => nodeId).sort()).toEqual(ids);
    const joined = of('swarm').filter(({change}) => change === 'joined');
    expect(joined).toHaveLength(nodes.length);
    for (const {nodeId, node} of seated) {
      expect(joined).toContainEqual(expect.objectContaining({nodeId, swarmId: node?.swarmId}));
    }
    const leaving = of('node').filter(({changes}) => changes.includes('status'));
    expect(leaving).toMatchObject([
      {
        nodeId: nodeIdToString(nodes[0]!.nodeId),
        changes: ['status'],
        previous: {status: 'active', leaving: 'no'},
        node: {status: 'decommissioning', leaving: 'wish'},
      },
    ]);
  });

  it('tell of each commitment with its C', () => {
    const commitments = of('commitment');
    expect(commitments).toHaveLength(nodes.length);
    expect(commitments[0]).toMatchObject({
      epoch: '2',
      revision: 0,
      c: expect.stringMatching(/^0x/),
    });
  });

  it('tell of a miss with its reason and price, and of the stake that it took', () => {
    const nodeId = nodeIdToString(nodes.at(-1)!.nodeId);
    const burned = (STAKE / 200n).toString();
    expect(of('miss')).toMatchObject([
      {nodeId, epoch: '2', reasons: ['noAnswer'], burned, paidByCredit: false, excused: false},
    ]);
    const paid = of('node').filter(({changes}) => changes.includes('stake'));
    expect(paid).toMatchObject([
      {nodeId, node: {stake: (STAKE - STAKE / 200n).toString()}, previous: {stake: String(STAKE)}},
    ]);
  });

  it('are the same whoever derives them, and have strictly rising cursors', () => {
    expect(told(history())).toEqual(events);
    const places = events.map(({cursor}) => cursor.split('/').map(Number));
    for (const [i, [height = 0, index = 0]] of places.entries()) {
      const [before = -1, last = -1] = places[i - 1] ?? [];
      expect(height > before || (height === before && index === last + 1)).toBe(true);
      if (height > before) expect(index).toBe(0);
    }
  });

  it('survive their encoding', () => {
    for (const acceptance of driver.acceptances) {
      const derived = deriveEvents(acceptance);
      const {id: blockId, timestamp} = acceptance.executed.block;
      const chunk = {blockId, timestamp, events: derived.slice(0, MAX_CHUNK_EVENTS)};
      expect(decode(EventChunk, encode(EventChunk, chunk))).toEqual(chunk);
    }
  });
});
