import {describe, expect, it} from 'vitest';
import {listAllServiceNodes, listAllSwarms} from '../../src/client/pages.ts';
import {signDuty} from '../../src/client/transactions.ts';
import {nodeIdFromString} from '../../src/crypto/ids.ts';
import {EvidenceFiler} from '../../src/daemon/evidence-filer.ts';
import {bytesToHex, hexToBytes, toHash} from '../../src/protocol/bytes.ts';
import {signerOf} from '../client/keys.ts';
import {naiveAnswer, naiveSet} from '../messaging/naive-set.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import {RealChain} from './real-chain.ts';
import {recordingPorts} from './recorder.ts';
import {registerOn} from './register-on.ts';
import {TestNode} from './test-node.ts';

const OWNER = signerOf(99);
/** One swarm, and no more capacity asked for than test nodes offer. */
const RULES = {swarmExponent: 0, minCapacity: '4096'};
const CHAIN = {networkId: NETWORK_ID, chainId: CHAIN_ID};

const register = (chain: RealChain, node: TestNode, number: number): Promise<void> =>
  registerOn(chain, {node, number, owner: OWNER});

/** Half a second a step, as a node of the dev preset would look. */
async function runEpochs(chain: RealChain, nodes: readonly TestNode[], until: bigint) {
  while (chain.driver.epoch.epoch < until) {
    for (const node of nodes) await node.step();
    chain.advance(500);
  }
}

describe('duties on the real state machine', () => {
  it('bring the answers of chain-rules §5.1, recomputed here from what the chain says', async () => {
    const chain = new RealChain([OWNER], RULES);
    const nodes = [1, 2, 3].map((number) => new TestNode(chain, {number, chain: CHAIN}));
    for (const [index, node] of nodes.entries()) await register(chain, node, index + 1);
    await runEpochs(chain, nodes, 2n);
    const answers = async () => {
      const all = nodes.map(({nodeIdText: nodeId}) => chain.call('getDuties', {nodeId}));
      return (await Promise.all(all)).map(({nodeId, accepted, w}) => ({
        nodeId,
        answer: accepted.answer?.answer,
        c: w?.c,
      }));
    };
    while ((await answers()).some(({answer}) => answer === undefined)) {
      for (const node of nodes) await node.step();
      chain.advance(500);
    }
    const {mix, drawn} = await chain.call('getEpoch', {});
    expect(drawn).toBe(true);
    const naive = naiveSet([], 0n);
    const seen = await answers();
    expect(new Set(seen.map(({answer}) => answer)).size).toBe(3);
    for (const {nodeId, answer, c = ''} of seen) {
      const seed = {mix: hexToBytes(mix), w: hexToBytes(c), nodeId: nodeIdFromString(nodeId)};
      expect(answer).toBe(`0x${naiveAnswer(naive, seed).toString('hex')}`);
    }
  });

  it('pass every epoch; a silent node misses and loses exactly 0.5 %', async () => {
    const chain = new RealChain([OWNER], RULES);
    const nodes = [1, 2, 3, 4, 5, 6].map((number) => new TestNode(chain, {number, chain: CHAIN}));
    for (const [index, node] of nodes.entries()) await register(chain, node, index + 1);
    await runEpochs(chain, nodes, 4n);
    const seated = await listAllServiceNodes(chain);
    expect(seated.map(({lastVerdict, misses}) => ({lastVerdict, misses}))).toEqual(
      Array(6).fill({lastVerdict: 'pass', misses: 0}),
    );
    const swarms = await listAllSwarms(chain);
    expect(swarms.flatMap(({members}) => members).sort()).toEqual(
      nodes.map(({nodeIdText}) => nodeIdText).sort(),
    );

    const [silent, ...others] = nodes;
    await runEpochs(chain, others, 5n);
    const after = await listAllServiceNodes(chain);
    for (const {nodeId, stake, lastVerdict} of after) {
      const isSilent = nodeId === silent?.nodeIdText;
      expect({stake, lastVerdict}).toEqual(
        isSilent
          ? {stake: '99500000', lastVerdict: 'miss'}
          : {stake: '100000000', lastVerdict: 'pass'},
      );
    }
    const {burnedByMisses} = await chain.call('getStakeSummary', {});
    expect(burnedByMisses).toBe('500000');
    expect((await chain.call('health', {})).conservation).toBe(true);
  }, 60_000);

  it('are not done by a node that has lost a record and can fetch it from nobody: it is fined', async () => {
    const chain = new RealChain([OWNER], RULES);
    const nodes = [1, 2, 3, 4, 5, 6].map((number) => new TestNode(chain, {number, chain: CHAIN}));
    for (const [index, node] of nodes.entries()) await register(chain, node, index + 1);
    const [poor, ...others] = nodes;
    for (const node of others) await node.store(1, chain.driver.config.genesisTimeMs);
    await runEpochs(chain, nodes, 3n);
    let recordCounts: (string | undefined)[] = [];
    while (chain.driver.epoch.epoch < 4n) {
      for (const node of nodes) await node.step();
      const swarms = await listAllSwarms(chain);
      if (swarms.every(({w}) => w !== null)) recordCounts = swarms.map(({w}) => w?.recordCount);
      chain.advance(500);
    }
    expect(recordCounts).toEqual(['1']);
    expect(poor?.recorder.events()).toContain('duty.failed');
    for (const {nodeId, lastVerdict, lastMissReasons} of await listAllServiceNodes(chain)) {
      const isPoor = nodeId === poor?.nodeIdText;
      expect({lastVerdict, lastMissReasons}).toEqual(
        isPoor
          ? {lastVerdict: 'miss', lastMissReasons: ['noAnswer', 'deviant']}
          : {lastVerdict: 'pass', lastMissReasons: []},
      );
    }
  }, 60_000);

  it('show whose stored bytes are not what it committed to: others dissent, and it is fined an epoch later', async () => {
    const chain = new RealChain([OWNER], RULES);
    const nodes = [1, 2, 3, 4, 5, 6].map((number) => new TestNode(chain, {number, chain: CHAIN}));
    for (const [index, node] of nodes.entries()) await register(chain, node, index + 1);
    const [damaged, ...others] = nodes;
    for (const node of nodes) await node.store(1, chain.driver.config.genesisTimeMs);
    await damaged?.damage();
    await runEpochs(chain, nodes, 4n);
    for (const node of others) {
      const seen = node.recorder.lines.filter(({event}) => event === 'audit.differs');
      expect(new Set(seen.map(({facts}) => facts['differing']))).toEqual(
        new Set([damaged?.nodeIdText]),
      );
    }
    // Their dissent of epoch 3 made the answer of epoch 2 a miss, in place of its pass.
    for (const {nodeId, misses, stake} of await listAllServiceNodes(chain)) {
      const isDamaged = nodeId === damaged?.nodeIdText;
      expect({misses, stake}).toEqual(
        isDamaged ? {misses: 1, stake: '99500000'} : {misses: 0, stake: '100000000'},
      );
    }
  }, 60_000);

  it('twice to different sets are proven: another node files it, 10 % burn and the node is out', async () => {
    const chain = new RealChain([OWNER], RULES);
    const nodes = [1, 2, 3, 4].map((number) => new TestNode(chain, {number, chain: CHAIN}));
    for (const [index, node] of nodes.entries()) await register(chain, node, index + 1);
    await runEpochs(chain, nodes, 3n);
    for (const node of nodes) await node.step();
    chain.advance(500);
    const [liar] = nodes;
    const {epoch, accepted, swarmId} = await chain.call('getDuties', {
      nodeId: liar?.nodeIdText ?? '',
    });
    expect(accepted.roundA).not.toBeNull();
    const set = {
      root: toHash(new Uint8Array(32).fill(9)),
      recordCount: 1n,
      chunkCount: 1n,
      bytes: 9n,
    };
    const value = {swarmId: swarmId ?? 0, set, reveal: set.root, dissent: new Uint8Array()};
    const nodeId = nodeIdFromString(liar?.nodeIdText ?? '');
    const second = signDuty(
      {
        chain: CHAIN,
        nodeId,
        epoch: BigInt(epoch),
        revision: 0,
        body: {type: 'storageCommitment', value},
      },
      signerOf(1),
    );
    const sent = chain.call('issueTx', {tx: `0x${bytesToHex(second.bytes)}`});
    await expect(sent).rejects.toMatchObject({reason: 'TX_DUPLICATE_DUTY'});

    const network = await chain.call('getNetwork', {});
    const {ports} = recordingPorts();
    const filer = new EvidenceFiler({client: chain, ports}, {network, payer: OWNER});
    const signal = new AbortController().signal;
    expect(await filer.step(signal)).toBe(1);
    expect(await filer.step(signal)).toBe(0);
    chain.advance(500);
    const {status, leaving, stake} = await chain.call('getServiceNode', {
      nodeId: liar?.nodeIdText ?? '',
    });
    expect({status, leaving, stake}).toEqual({
      status: 'decommissioning',
      leaving: 'evidence',
      stake: '90000000',
    });
  }, 60_000);
});
