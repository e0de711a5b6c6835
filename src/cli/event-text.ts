import {formatAmount} from '../client/amounts.ts';
import type {Token} from '../protocol/chain/rules.ts';
import type {
  ChainEvent,
  EpochChange,
  NodeChange,
  NodeFacts,
  SwarmChange,
} from '../protocol/chain-events.ts';
import {counted} from './counted.ts';

function epochText(event: EpochChange): string {
  const {epoch, stage} = event;
  switch (stage) {
    case 'started': {
      const {dutyCount, numSwarms} = event;
      const where = counted(numSwarms, 'swarm');
      return `${epoch} begins: ${counted(dutyCount, 'node')} with duties in ${where}`;
    }
    case 'drawn':
      return `${epoch} is drawn`;
    case 'majoritiesFixed': {
      const {swarmsWithoutMajority} = event;
      return `${epoch} has its sets, ${counted(swarmsWithoutMajority, 'swarm')} without a majority`;
    }
    case 'answersClosed':
      return `${epoch} takes no more answers`;
  }
}

function factText(change: string, facts: NodeFacts, token: Token): string {
  switch (change) {
    case 'status':
      return facts.leaving === 'no' ? facts.status : `${facts.status} (${facts.leaving})`;
    case 'seat':
      return facts.swarmId === null ? 'no seat' : `${facts.seat} in swarm ${facts.swarmId}`;
    case 'stake':
      return `stake ${formatAmount(BigInt(facts.stake), token)}`;
    default:
      return change;
  }
}

function nodeText({nodeId, changes, node}: NodeChange, token: Token): string {
  const told = node === null ? changes : changes.map((change) => factText(change, node, token));
  return `${nodeId} ${told.join(', ')}`;
}

function swarmText(event: SwarmChange): string {
  switch (event.change) {
    case 'announced':
    case 'effective':
      return `${counted(event.numSwarms, 'swarm')} ${event.change}`;
    case 'restarted':
      return `${event.swarmId} restarted`;
    case 'joined':
    case 'serving':
    case 'left':
      return `${event.swarmId} ${event.nodeId} ${event.change}`;
  }
}

function whatText(event: ChainEvent, token: Token): string {
  switch (event.type) {
    case 'block':
      return `${event.height} ${counted(event.txCount, 'transaction')}, ${event.size} bytes`;
    case 'epoch':
      return epochText(event);
    case 'node':
      return nodeText(event, token);
    case 'miss': {
      const {nodeId, epoch, reasons, burned, paidByCredit, excused} = event;
      const price = excused
        ? 'excused'
        : paidByCredit
          ? 'paid by credit'
          : `burned ${formatAmount(BigInt(burned), token)}`;
      return `${nodeId} missed epoch ${epoch}: ${reasons.join(', ')}; ${price}`;
    }
    case 'commitment': {
      const {nodeId, swarmId, epoch, revision, c} = event;
      const short = `${c.slice(0, 10)}…`;
      return `${nodeId} commits to ${short} for swarm ${swarmId} in epoch ${epoch}, revision ${revision}`;
    }
    case 'swarm':
      return swarmText(event);
  }
}

/** One event as a line: when, where, what. */
export function eventText(event: ChainEvent, token: Token): string {
  const time = new Date(event.timestampMs).toISOString();
  return `${time}  ${event.cursor.padEnd(10)}  ${event.type.padEnd(10)}  ${whatText(event, token)}`;
}
