import {genesisSupply} from '../network-files.ts';
import {allServiceNodes} from './chain-view.ts';
import {confirm} from './checks.ts';
import type {Story} from './story.ts';

/** Sum of the balances of all accounts that genesis knows, asked one by one. */
async function sumOfBalances({client, network, signal}: Story): Promise<bigint> {
  const {owners, funded} = network.files;
  let sum = 0n;
  for (const {address} of [funded, ...owners]) {
    sum += BigInt((await client.call('getAccount', {address}, signal)).balance);
  }
  return sum;
}

/** No base unit appeared and none went away unaccounted. */
export async function tellTotals(story: Story, fines: bigint): Promise<void> {
  const {client, narrator, network, signal} = story;
  const summary = await client.call('getStakeSummary', {}, signal);
  confirm(narrator, {
    name: 'burned-is-the-fines',
    sentence: `burned: ${summary.burned} base units, all of it by misses`,
    holds: BigInt(summary.burned) === fines && BigInt(summary.burnedByMisses) === fines,
    found: {burned: summary.burned, byMisses: summary.burnedByMisses, fines},
  });
  const supply = genesisSupply(network.files);
  const balances = await sumOfBalances(story);
  const nodes = await allServiceNodes(client);
  const stakes = nodes.reduce((sum, {stake}) => sum + BigInt(stake), 0n);
  const {totalBonded, unbonding, burned, treasury} = summary;
  const total =
    BigInt(summary.balances) +
    BigInt(totalBonded) +
    BigInt(unbonding) +
    BigInt(burned) +
    BigInt(treasury);
  confirm(narrator, {
    name: 'totals-are-genesis',
    sentence: `balances ${balances} + stakes ${stakes} + burned ${burned} = ${supply}, what genesis made`,
    holds:
      total === supply &&
      BigInt(summary.supply) === supply &&
      balances === BigInt(summary.balances) &&
      stakes === BigInt(totalBonded) &&
      balances + stakes + BigInt(burned) === supply,
    found: {balances, stakes, burned, treasury, unbonding, total, supply},
  });
}
