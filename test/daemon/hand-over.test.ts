import {describe, expect, it} from 'vitest';
import {HandOver} from '../../src/messaging/hand-over.ts';
import {equalBytes, type NodeId} from '../../src/protocol/bytes.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {recordStoreOn} from '../messaging/local-swarm.ts';
import {type Driver, testAccount, testNode} from '../vm/driver.ts';
import {answerW, NODES, run, seated} from '../vm/idle-chain.ts';
import {tableOf} from './table-of.ts';

/** One node that hears every epoch's table of the real state machine. */
class Holder {
  readonly #nodeId: NodeId;
  readonly #handOver = HandOver.open(recordStoreOn(new MemoryStore()));

  constructor(nodeId: NodeId) {
    this.#nodeId = nodeId;
  }

  async hear(driver: Driver): Promise<readonly number[]> {
    const table = await tableOf(driver);
    const over = await (await this.#handOver).over(table.holdersFor(this.#nodeId));
    return [...over.keys()];
  }
}

const seatOf = (driver: Driver, nodeId: NodeId): number =>
  [0, 1].find((swarmId) =>
    [...swarmMembers(driver.state, swarmId)].some((each) => equalBytes(each, nodeId)),
  ) ?? -1;

const STRANGER = testNode('never registered');

describe('what the chain lets a node give up', () => {
  it('after a split is the other half, when both have had an epoch with a W of their own and one more', async () => {
    const driver = seated(NODES, 0);
    const holders = NODES.map(({nodeId}) => ({nodeId, holder: new Holder(nodeId)}));
    for (let epoch = 2; epoch < 7; epoch++) {
      for (const {holder} of holders) expect(await holder.hear(driver)).toEqual([]);
      run(driver, NODES, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    // The split took effect at the begin of epoch 5.
    expect(driver.epoch).toMatchObject({epoch: 7n, swarmExponent: 1});
    for (const {nodeId, holder} of holders) {
      expect(await holder.hear(driver)).toEqual([1 - seatOf(driver, nodeId)]);
    }
  });

  it('is nothing for those who merge; for others all, an epoch after the joiners have answered W', async () => {
    const four = NODES.slice(0, 4);
    const driver = seated(four, 1);
    const holders = four.map(({nodeId}) => new Holder(nodeId));
    const stranger = new Holder(STRANGER.nodeId);
    const seen: (readonly number[])[] = [];
    for (let epoch = 2; epoch < 9; epoch++) {
      for (const holder of holders) expect(await holder.hear(driver)).toEqual([]);
      seen.push(await stranger.hear(driver));
      if (epoch < 6) run(driver, four, epoch);
      else answerW(driver, four, epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    // Merged in 5; half of the members are joining until they answer in 6.
    expect(seen).toEqual([[], [], [0, 1], [], [], [], [0]]);
  });

  it('is all of a node that its successor has replaced, one epoch later', async () => {
    const [leaver, other] = NODES;
    const driver = seated([leaver!, other!], 0);
    const successor = testNode('successor');
    const owners = ['acknowledging owner 0', 'acknowledging owner 7'].map(testAccount);
    driver.block(driver.now + 100n, [
      driver.deregister(owners[0]!, leaver!),
      driver.register(owners[1]!, successor),
    ]);
    const holder = new Holder(leaver!.nodeId);
    const seats: number[] = [];
    const seen: (readonly number[])[] = [];
    for (let epoch = 2; epoch < 7; epoch++) {
      seats.push(seatOf(driver, leaver!.nodeId));
      seen.push(await holder.hear(driver));
      const nodes = [leaver!, other!, successor];
      answerW(driver, nodes.slice(epoch < 5 ? 0 : 1, epoch < 4 ? 2 : 3), epoch);
      driver.block(driver.inEpoch(epoch + 1));
    }
    // It joined in 4 and answered W in it.
    expect(seats).toEqual([0, 0, 0, -1, -1]);
    expect(seen).toEqual([[], [], [], [], [0]]);
  });
});
