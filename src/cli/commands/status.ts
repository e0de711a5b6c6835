import {formatAmount} from '../../client/amounts.ts';
import {listAllServiceNodes, listAllSwarms} from '../../client/pages.ts';
import type {
  EpochInfo,
  NetworkInfo,
  ServiceNodeInfo,
  StakeSummary,
  SwarmInfo,
} from '../../protocol/api.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {fields, JSON_OPTION, print, table} from '../output.ts';

type Status = {
  readonly network: NetworkInfo;
  readonly epoch: EpochInfo;
  readonly stake: StakeSummary;
  readonly swarms: readonly SwarmInfo[];
  readonly nodes: readonly ServiceNodeInfo[];
};

function percent(basisPoints: number): string {
  return `${(basisPoints / 100).toFixed(2)} %`;
}

function chainText({network, epoch, stake}: Status): string {
  const {token} = network;
  const amount = (units: string): string => formatAmount(BigInt(units), token);
  return fields([
    ['chain', `${network.chainId} (${network.preset}, network ${network.networkId})`],
    ['epoch', `${epoch.epoch}, ${epoch.phase}; ends ${new Date(epoch.endMs).toISOString()}`],
    ['block time', new Date(epoch.blockTimeMs).toISOString()],
    ['supply', amount(stake.supply)],
    ['bonded', `${amount(stake.totalBonded)}, unbonding ${amount(stake.unbonding)}`],
    ['burned', `${amount(stake.burned)}, by misses ${amount(stake.burnedByMisses)}`],
  ]);
}

function swarmTable({swarms}: Status): string {
  const majority = ({hasMajority}: SwarmInfo): string =>
    hasMajority === null ? 'open' : hasMajority ? 'yes' : 'no';
  return table(
    ['SWARM', 'MEMBERS', 'SERVING', 'MAJORITY', 'RECORDS'],
    swarms.map((swarm) => [
      String(swarm.swarmId),
      String(swarm.members.length),
      String(swarm.serving),
      majority(swarm),
      swarm.w?.recordCount ?? '-',
    ]),
  );
}

/** Active, away, leaving and why, in turn or not, or coming back. */
function standing({
  status,
  leaving,
  returning,
  queuePosition,
  maintenance,
}: ServiceNodeInfo): string {
  if (returning) return 'returning';
  if (queuePosition !== null) return `${status} (${leaving}, waits as ${queuePosition})`;
  if (leaving !== 'no') return `${status} (${leaving})`;
  return maintenance?.phase === 'running' ? `${status} (maintenance)` : status;
}

function nodeTable({nodes, network}: Status): string {
  return table(
    ['NODE', 'SWARM', 'SEAT', 'STATUS', 'STAKE', 'SCORE', 'MISSES', 'LAST EPOCH'],
    nodes.map((node) => [
      node.nodeId,
      node.swarmId === null ? '-' : String(node.swarmId),
      node.seat,
      standing(node),
      formatAmount(BigInt(node.stake), network.token),
      percent(node.uptimeScore),
      String(node.misses),
      node.lastVerdict === 'miss' ? `miss: ${node.lastMissReasons.join(', ')}` : node.lastVerdict,
    ]),
  );
}

export const command: Command = {
  usage: 'status [--rpc URL] [--json]',
  help: `Shows the running epoch, all swarms and all service nodes.

${RPC_HELP}

example: sessionvm status --rpc http://127.0.0.1:9650/ext/bc/ID/rpc`,
  options: {...RPC_OPTION, ...JSON_OPTION},
  positionals: [0, 0],
  async run(args, context) {
    const chain = connect(args, context);
    const {signal} = context;
    const status: Status = {
      network: await chain.call('getNetwork', {}, signal),
      epoch: await chain.call('getEpoch', {}, signal),
      stake: await chain.call('getStakeSummary', {}, signal),
      swarms: await listAllSwarms(chain, signal),
      nodes: await listAllServiceNodes(chain, signal),
    };
    await print(context, args, status, () =>
      [chainText(status), swarmTable(status), nodeTable(status)].join('\n\n'),
    );
  },
};
