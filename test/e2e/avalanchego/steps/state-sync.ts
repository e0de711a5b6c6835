import {ApiError} from '../../../../src/client/errors.ts';
import {RpcChainClient} from '../../../../src/client/rpc-chain-client.ts';
import {check} from '../errors.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitFor} from '../wait-for.ts';
import {honestNodes} from './hostile-node.ts';
import {acceptNext, checkSameBlock, isAtLeast} from './joining-validators.ts';

const CATCH_UP_TIMEOUT_MS = 30_000;
/** A chain of a few minutes is short: by default a node would execute so few blocks. */
const CONFIG = '{"stateSync": true, "stateSyncMinBlocks": 1}';

async function hasBlock(chain: RpcChainClient, height: string): Promise<boolean> {
  try {
    await chain.call('getBlockByHeight', {height});
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'API_NOT_FOUND') return false;
    throw error;
  }
}

/** Summaries and state come from the validators, among them the hostile one, which lies in both. */
export const joinByState: ChainStep = {
  name: 'a fifth validator joins by a state summary, without the blocks before it',
  async run(stage: Stage) {
    const {network, subnetId, chainId} = stage;
    const honest = honestNodes(stage);
    const block = await stage.chain.call('getLastAccepted', {});
    const node = await network.addNode('synced', {from: network.nodes});
    await node.writeChainConfig(chainId, CONFIG);
    await node.start({trackSubnet: subnetId});
    await node.waitForChain(chainId);
    const chain = new RpcChainClient({url: node.chainUrl(chainId)});
    await waitFor('the synced validator reaches the head', CATCH_UP_TIMEOUT_MS, async () =>
      (await isAtLeast(chain, block.height)) ? true : undefined,
    );
    const {stateSync} = await chain.call('health', {});
    const {state, height, entries} = stateSync;
    check(state === 'done' && entries > 0, 'a state that was taken over', {state, entries});
    check((await node.metric('session_state_syncs_total')) === 1, 'the same in its metrics');
    check((await node.metric('session_state_sync_height')) === Number(height), 'the same height');
    const before = String(BigInt(height) - 1n);
    for (const old of ['1', before]) check(!(await hasBlock(chain, old)), 'no block before', {old});
    const summarized = await stage.chain.call('getBlockByHeight', {height});
    await checkSameBlock(chain, summarized);
    const lies = await node.metric('session_state_sync_false_answers_total');
    const facts = await acceptNext(stage, [...honest, node]);
    return `${entries} entries at height ${height}, ${lies} lies found out; then ${facts}`;
  },
};
