import {Duty, ServiceNode} from '../../../src/protocol/chain/state-records.ts';
import {encode} from '../../../src/protocol/codec.ts';
import {getDuty} from '../../../src/vm/state/duties.ts';
import {getServiceNode} from '../../../src/vm/state/service-nodes.ts';
import {Driver, testAccount, testNode} from '../../vm/driver.ts';
import type {Bench, Row} from '../row.ts';

/** Chain-rules §8: 69 MB of duties for 10 000 nodes. */
const LIMIT_BYTES = 69_000_000 / 10_000;

/** One node through one epoch: what its duties take in blocks, and what the state holds of it. */
function measure(): {readonly duties: number; readonly state: number} {
  const owner = testAccount('bench');
  const node = testNode('bench');
  const driver = new Driver({accounts: [owner], rules: {swarmExponent: 0}});
  driver.block(driver.at(1000), [driver.register(owner, node)]);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  const before = driver.blocks.length;
  driver.runEpoch(2, {committing: [node], answering: [node]});
  const txs = driver.blocks.slice(before).flatMap((block) => block.txs);
  const duties = txs.reduce((sum, {bytes}) => sum + bytes.length + 4, 0);
  const record = getServiceNode(driver.state, node.nodeId);
  const duty = getDuty(driver.state, {epoch: 2n, swarmId: 0}, node.nodeId);
  if (record === undefined || duty === undefined) throw new Error('the node has no duty');
  const state = encode(ServiceNode, record).length + encode(Duty, duty).length;
  return {duties, state};
}

export const chainBytes: Bench = {
  name: 'chain bytes',
  async run(): Promise<readonly Row[]> {
    const {duties, state} = measure();
    return [
      {
        name: 'chain bytes per node and epoch',
        figure: `${duties} bytes`,
        limit: `chain-rules §8: ${LIMIT_BYTES} bytes (and ${state} of state)`,
        ratio: duties / LIMIT_BYTES,
        target: '≤ 1.1 ×',
        met: duties <= 1.1 * LIMIT_BYTES,
      },
    ];
  },
};
