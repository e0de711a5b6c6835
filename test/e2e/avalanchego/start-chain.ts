import {RpcChainClient} from '../../../src/client/rpc-chain-client.ts';
import {check} from './errors.ts';
import type {LocalNetwork} from './network.ts';
import {createChain, createSubnet} from './p-chain.ts';
import type {Runner} from './runner.ts';
import type {ServiceNodes} from './service-nodes.ts';
import type {Stage} from './stage.ts';

export type ChainSource = {
  /** CB58. */
  readonly vmId: string;
  readonly genesis: Uint8Array;
  readonly serviceNodes: ServiceNodes;
};

/** From nothing to a chain in normal operation on one node: the same calls an operator makes. */
export async function startChain(
  runner: Runner,
  network: LocalNetwork,
  {vmId, genesis, serviceNodes}: ChainSource,
): Promise<Stage> {
  const first = await network.addNode('first');
  await runner.step('the node starts with the plugin in its folder', async () => {
    await first.start();
    return {value: undefined, facts: `${network.application}, protocol ${network.protocol}`};
  });
  const subnetId = await runner.step('a subnet is created and tracked', async () => {
    const value = await createSubnet(first.uri);
    await first.stop();
    await first.start({trackSubnet: value});
    return {value, facts: value};
  });
  const chainId = await runner.step('a chain is created from our genesis', async () => {
    const value = await createChain(first.uri, {subnetId, vmId, name: 'session', genesis});
    await first.waitForChain(value);
    return {value, facts: value};
  });
  await runner.step('the node runs the chain in one plugin process', async () => {
    const plugins = first.plugins();
    check(plugins.length === 1, 'one plugin process', {found: plugins.length});
    return {value: undefined, facts: plugins.map(({pid}) => `pid ${pid}`).join()};
  });
  const chain = new RpcChainClient({url: first.chainUrl(chainId)});
  const note = (line: string): void => runner.note(line);
  return {network, first, subnetId, chainId, chain, serviceNodes, note};
}
