import {FULL_SCORE} from '../../src/protocol/chain/limits.ts';
import {SEAT} from '../../src/protocol/chain/state-records.ts';
import {serviceNodes} from '../../src/vm/state/service-nodes.ts';
import {getEpochState, getTotals} from '../../src/vm/state/singletons.ts';
import type {Simulation} from './simulation.ts';
import type {Sums} from './tally.ts';

const STATUS_NAMES = ['active', 'decommissioning', 'retired'];

function units(simulation: Simulation, amount: bigint): string {
  const {symbol, decimals} = simulation.chain.config.rules.token;
  const whole = Number(amount) / 10 ** decimals;
  return `${whole.toFixed(2)} ${symbol}`;
}

function reasons(simulation: Simulation, {byReason}: Sums): string[] {
  const rows = [...byReason].sort(([, a], [, b]) => b.misses - a.misses);
  return rows.map(
    ([name, {misses, burned}]) =>
      `    ${name.padEnd(40)} ${String(misses).padStart(8)} misses  ${units(simulation, burned).padStart(18)}`,
  );
}

function cohort(simulation: Simulation, kind: 'up99' | 'up999', label: string): string[] {
  const nodes = simulation.population.cohort(kind);
  const sums = simulation.tally.of(kind);
  if (nodes.length === 0) return [];
  const {minStake} = simulation.chain.config.rules;
  const burned = sums.burned / BigInt(nodes.length);
  const share = Number((sums.burned * 1_000_000n) / (minStake * BigInt(nodes.length))) / 10_000;
  const perNode = (count: number): string => (count / nodes.length).toFixed(2);
  return [
    `  an honest node that is up ${label} of the time (mean of ${nodes.length}): loses ${units(simulation, burned)}, ${share.toFixed(3)} % of its stake`,
    `    ${perNode(sums.misses)} misses, ${perNode(sums.paidByCredit)} of them paid by credit; ${perNode(sums.excused)} excused by amnesty`,
    ...reasons(simulation, sums),
  ];
}

function standing(simulation: Simulation): string[] {
  const counts = new Map<string, number>();
  let [scores, seated, joining] = [0, 0, 0];
  for (const [, {status, seat, uptimeScore}] of serviceNodes(simulation.chain.map)) {
    const name = STATUS_NAMES[status] ?? 'other';
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (seat === SEAT.none) continue;
    seated += 1;
    scores += uptimeScore;
    if (seat === SEAT.joining) joining += 1;
  }
  const swarms = 2 ** getEpochState(simulation.chain.map).swarmExponent;
  const score = ((scores / Math.max(1, seated) / FULL_SCORE) * 100).toFixed(2);
  return [
    `  nodes: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}; ${seated} seated, ${joining} of them joining, in ${swarms} swarms (${(seated / swarms).toFixed(1)} each)`,
    `  mean uptime score of seated nodes: ${score} %`,
  ];
}

/** What came out of one simulation, as lines. */
export function reportOf(simulation: Simulation, seconds: number): string[] {
  const {init, chain, tally, equivocations, outages} = simulation;
  const totals = getTotals(chain.map);
  const days = (simulation.epoch * chain.config.rules.epochSeconds) / 86_400;
  const {passed, unjudged, excused, misses} = tally.all;
  return [
    `preset ${init.preset}: ${init.nodes} nodes, ${simulation.epoch} epochs (${days.toFixed(1)} days of the chain), seed ${init.seed}`,
    `  ${seconds.toFixed(0)} s, ${((seconds * 1000) / simulation.epoch).toFixed(1)} ms per epoch; ${chain.txCount} transactions in ${chain.height} blocks`,
    `  all laws held after every epoch; signatures were not made and not checked`,
    ...standing(simulation),
    `  judged: ${passed} passes, ${misses} misses, ${unjudged} unjudged, ${excused} excused by amnesty; ${outages} regional outages`,
    `  burned: ${units(simulation, totals.burnedByMisses)} by misses, ${units(simulation, totals.burnedByFaults)} by ${equivocations} proven equivocations, ${units(simulation, totals.burnedFees)} fees`,
    ...reasons(simulation, tally.all),
    ...cohort(simulation, 'up99', '99 %'),
    ...cohort(simulation, 'up999', '99.9 %'),
  ];
}
