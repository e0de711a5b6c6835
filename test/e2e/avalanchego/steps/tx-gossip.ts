import {sendAccountTx} from '../../../../src/client/account-sender.ts';
import {RpcChainClient} from '../../../../src/client/rpc-chain-client.ts';
import {addressOf, idToString} from '../../../../src/crypto/ids.ts';
import {check} from '../errors.ts';
import type {AvalancheNode} from '../node-process.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitFor} from '../wait-for.ts';

const ACCEPTED_TIMEOUT_MS = 30_000;
/** Each node may build; whose block is accepted is a matter of milliseconds. */
const ATTEMPTS = 12;
const AMOUNT = 1_000_000n;
const ADMITTED = 'session_peer_txs_admitted_total';

/** One transfer, given to this validator alone, and accepted by all: id of the block that holds it. */
async function transfer(
  {chainId, serviceNodes}: Stage,
  at: AvalancheNode,
  all: readonly AvalancheNode[],
): Promise<string> {
  const client = new RpcChainClient({url: at.chainUrl(chainId)});
  const network = await client.call('getNetwork', {});
  const to = addressOf(serviceNodes.ownerOf(1).publicKey);
  const body = {type: 'transfer', value: {to, amount: AMOUNT}} as const;
  const signer = serviceNodes.ownerOf(0);
  const id = idToString(await sendAccountTx(client, {network, signer, body}));
  const blockIds: string[] = [];
  for (const node of all) {
    const chain = new RpcChainClient({url: node.chainUrl(chainId)});
    const blockId = await waitFor(`transfer at ${node.name}`, ACCEPTED_TIMEOUT_MS, async () => {
      const tx = await chain.call('getTx', {id});
      return tx.status === 'accepted' ? tx.blockId : undefined;
    });
    blockIds.push(blockId);
  }
  const [first = '', ...others] = blockIds;
  check(
    others.every((other) => other === first),
    'the same block everywhere',
    {
      id,
      blocks: blockIds.join(),
    },
  );
  return first;
}

/** Names of the nodes that say in their logs that they built the block. */
async function buildersOf(blockId: string, nodes: readonly AvalancheNode[]): Promise<string[]> {
  const builders: string[] = [];
  for (const node of nodes) {
    const lines = (await node.readLog()).split('\n');
    const isBuilder = lines.some(
      (line) => line.includes('built block') && line.includes(`"innerBlkID": "${blockId}"`),
    );
    if (isBuilder) builders.push(node.name);
  }
  return builders;
}

/** The service nodes speak to the first validator only: what it takes of peers the second has told. */
export const gossipTransfers: ChainStep = {
  name: 'a transfer given to the second validator alone is in a block that another one builds',
  async run(stage) {
    const {network, first} = stage;
    const second = network.named('second');
    const all = [first, second, network.named('third')];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const told = await first.metric(ADMITTED);
      const blockId = await transfer(stage, second, all);
      const builders = await buildersOf(blockId, all);
      check(builders.length > 0, 'a validator that built the block', {blockId});
      const isTold = (await first.metric(ADMITTED)) > told;
      if (!builders.includes(second.name) && isTold) {
        return `transfer ${attempt} in block ${blockId} of the ${builders.join()} validator`;
      }
      stage.note(`transfer ${attempt}: the second was the quickest to build`);
    }
    check(false, `one of ${ATTEMPTS} transfers in a block of another validator`);
  },
};
