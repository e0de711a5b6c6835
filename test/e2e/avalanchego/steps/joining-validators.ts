import {RpcChainClient} from '../../../../src/client/rpc-chain-client.ts';
import type {BlockInfo} from '../../../../src/protocol/api.ts';
import {check} from '../errors.ts';
import type {AvalancheNode} from '../node-process.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitFor} from '../wait-for.ts';

const CATCH_UP_TIMEOUT_MS = 30_000;
/** The rest of an epoch asks for no block. */
const NEXT_BLOCK_TIMEOUT_MS = 60_000;

/** Starts one more node over the running ones and returns its own API of the chain. */
async function join(
  {network, subnetId, chainId}: Stage,
  name: string,
  from: readonly AvalancheNode[],
): Promise<RpcChainClient> {
  const node = await network.addNode(name, {from});
  await node.start({trackSubnet: subnetId});
  await node.waitForChain(chainId);
  return new RpcChainClient({url: node.chainUrl(chainId)});
}

export async function isAtLeast(chain: RpcChainClient, height: string): Promise<boolean> {
  return BigInt((await chain.call('getLastAccepted', {})).height) >= BigInt(height);
}

export async function checkSameBlock(chain: RpcChainClient, block: BlockInfo): Promise<string> {
  const {height, id, stateRoot} = block;
  const same = await chain.call('getBlockByHeight', {height});
  check(same.id === id && same.stateRoot === stateRoot, 'the same block and state root', {
    height,
    first: `${id} ${stateRoot}`,
    joined: `${same.id} ${same.stateRoot}`,
  });
  return `block ${height}, state root ${stateRoot}`;
}

/**
 * Of two validators one alone is no majority, so the second may end bootstrapping at genesis; it then
 * gets the blocks from the first in ordinary consensus. Either way it executes them itself.
 */
export const secondValidator: ChainStep = {
  name: 'a second validator joins and answers the same state root',
  async run(stage) {
    const block = await stage.chain.call('getLastAccepted', {});
    const second = await join(stage, 'second', [stage.first]);
    await waitFor('the second validator reaches the head', CATCH_UP_TIMEOUT_MS, async () =>
      (await isAtLeast(second, block.height)) ? true : undefined,
    );
    return checkSameBlock(second, block);
  },
};

/** A third one finds two that agree: it bootstraps, and has the head before it takes part. */
export const thirdValidator: ChainStep = {
  name: 'a third validator bootstraps the chain from both',
  async run(stage) {
    const block = await stage.chain.call('getLastAccepted', {});
    const third = await join(stage, 'third', stage.network.nodes);
    check(await isAtLeast(third, block.height), 'the head at the end of bootstrapping', {
      height: block.height,
    });
    return checkSameBlock(third, block);
  },
};

/** The next block at all of them, as each tells it. Returns the facts for a line of output. */
export async function acceptNext(
  {chain, chainId}: Stage,
  nodes: readonly AvalancheNode[],
): Promise<string> {
  const {height} = await chain.call('getLastAccepted', {});
  const next = String(BigInt(height) + 1n);
  const chains = nodes.map((node) => new RpcChainClient({url: node.chainUrl(chainId)}));
  await waitFor('the next block at all validators', NEXT_BLOCK_TIMEOUT_MS, async () => {
    const reached = await Promise.all(chains.map((each) => isAtLeast(each, next)));
    return reached.every(Boolean) ? true : undefined;
  });
  const block = await chain.call('getBlockByHeight', {height: next});
  for (const each of chains) await checkSameBlock(each, block);
  return checkSameBlock(chain, block);
}

/** Consensus of three, not of one that two listen to: each accepts what one of them proposed. */
export const validatorsGoOn: ChainStep = {
  name: 'all three accept the next block, with the same state root',
  run: (stage) => acceptNext(stage, stage.network.nodes),
};
