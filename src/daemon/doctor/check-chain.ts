import {ApiError, ClientError} from '../../client/errors.ts';
import type {ChainClient, EpochInfo, NetworkInfo} from '../../protocol/api.ts';
import {type Finding, fail, ok} from './finding.ts';

export type ChainCheck = {
  readonly finding: Finding;
  /** undefined when the chain does not answer. */
  readonly chain: {readonly network: NetworkInfo; readonly epoch: EpochInfo} | undefined;
};

/** Whether the chain answers, and is ready to take duties. */
export async function checkChain(client: ChainClient, signal: AbortSignal): Promise<ChainCheck> {
  try {
    const network = await client.call('getNetwork', {}, signal);
    const epoch = await client.call('getEpoch', {}, signal);
    const {state, healthy} = await client.call('health', {}, signal);
    const chain = {network, epoch};
    const {chainId, preset, networkId} = network;
    const name = `${chainId} (${preset}, network ${networkId})`;
    if (state !== 'normalOp') {
      const advice = "wait until the chain's node has caught up with its network";
      return {finding: fail('chain', `${name} is ${state}`, advice), chain};
    }
    if (!healthy) {
      const advice = "look at the health and the log of the chain's node";
      return {finding: fail('chain', `${name} says that it is not healthy`, advice), chain};
    }
    return {finding: ok('chain', `${name} answers; epoch ${epoch.epoch}, ${epoch.phase}`), chain};
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof ApiError)) throw error;
    const advice = 'is its node running, and does --rpc name its API, ending in /rpc?';
    return {
      finding: fail('chain', `no usable answer (${error.message})`, advice),
      chain: undefined,
    };
  }
}
