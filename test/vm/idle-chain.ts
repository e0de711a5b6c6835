import {sha256} from '../../src/crypto/hash.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';

const OWNERS = Array.from({length: 8}, (_, i) => testAccount(`acknowledging owner ${i}`));
export const NODES = Array.from({length: 16}, (_, i) => testNode(`ack${i}`));

/** Seated at S_2, all of them; whoever is seated serves. */
export function seated(nodes: readonly TestNode[], swarmExponent: number): Driver {
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
export function run(driver: Driver, nodes: readonly TestNode[], epoch: number): void {
  driver.runEpoch(epoch, {committing: nodes, answering: nodes});
}

/** One epoch in which all show that they hold W. */
export function answerW(driver: Driver, nodes: readonly TestNode[], epoch: number): void {
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
