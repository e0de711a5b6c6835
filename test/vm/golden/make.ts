import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {idToString, nodeIdToString} from '../../../src/crypto/ids.ts';
import {bytesToHex} from '../../../src/protocol/bytes.ts';
import {Driver, testAccount, testNode} from '../driver.ts';

/**
 * Writes history.json: a small chain, block by block, for whoever implements SPEC.md again. Run by hand
 * when bytes change on purpose, with a line under *Wire and state* in CHANGELOG.md:
 * `scripts/with-node node test/vm/golden/make.ts`
 */
const owner = testAccount('golden owner');
const nodes = [testNode('golden 0'), testNode('golden 1')];
const driver = new Driver({accounts: [owner], balance: 1_000_000_000n});

driver.block(
  driver.at(1000),
  nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
);
for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
driver.runEpoch(2, {committing: nodes, answering: nodes.slice(1)});
driver.block(driver.inEpoch(3));
driver.block(driver.now + 100n, [driver.transfer(owner, testAccount('golden friend').address, 7n)]);
driver.block(driver.now + 100n, [driver.deregister(owner, nodes[1]!)]);

const history = {
  networkId: driver.config.networkId,
  chainId: idToString(driver.config.chainId),
  genesis: new TextDecoder().decode(driver.genesisBytes),
  nodeIds: nodes.map(({nodeId}) => nodeIdToString(nodeId)),
  blocks: driver.blocks.map(({id, height, timestamp, stateRoot, txs, bytes}) => ({
    height: height.toString(),
    timestamp: timestamp.toString(),
    id: bytesToHex(id),
    stateRoot: bytesToHex(stateRoot),
    txIds: txs.map((tx) => bytesToHex(tx.id)),
    bytes: bytesToHex(bytes),
  })),
  stateAfter: [...driver.state.entries()].map(([key, value]) => [
    bytesToHex(key),
    bytesToHex(value),
  ]),
};
writeFileSync(
  join(import.meta.dirname, 'history.json'),
  `${JSON.stringify(history, undefined, 1)}\n`,
);
console.log(`${history.blocks.length} blocks`);
