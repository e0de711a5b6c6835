import {tagged} from './hash.ts';
import {compareHex, type Hex} from './hex.ts';
import {allNodes, hasSeat, isLeaving, isReturning, membersOf, swarmCount} from './queries.ts';
import type {Rules} from './rules.ts';
import {ACTIVE, JOINING, type Node, type State} from './state.ts';
import {reach, type World} from './world.ts';

const SMALL = 6;

type Swarm = {readonly id: number; readonly size: number; readonly owners: ReadonlySet<Hex>};

function swarmsOf(state: State): Swarm[] {
  return Array.from({length: swarmCount(state)}, (_, id) => {
    const members = membersOf(state, id).map(([, node]) => node);
    const size = members.filter((node) => !isLeaving(node)).length;
    return {id, size, owners: new Set(members.map(({owner}) => owner))};
  });
}

/** The swarm of one candidate, or undefined when none is open. */
function chooseSwarm(
  world: World,
  [nodeId, node]: [Hex, Node],
  isOpen: (swarm: Swarm) => boolean,
): number | undefined {
  const {state} = world;
  const open = swarmsOf(state).filter(isOpen);
  open.sort((a, b) => a.size - b.size || a.id - b.id);
  const smallest = open.slice(0, Math.max(1, Math.floor(swarmCount(state) / 4)));
  const strangers = smallest.filter(({owners}) => !owners.has(node.owner));
  const among = strangers.length > 0 ? strangers : smallest;
  if (among.length === 0) return undefined;
  const number = BigInt(`0x${tagged('placement', state.mix + nodeId)}`) % BigInt(among.length);
  return among[Number(number)]?.id;
}

function becomeSuccessor(world: World, nodeId: Hex, swarmId: number): void {
  const waiting = membersOf(world.state, swarmId)
    .filter(([, node]) => isLeaving(node) && node.successor === undefined)
    .sort(
      ([a, nodeA], [b, nodeB]) =>
        nodeA.retiresAtTransition - nodeB.retiresAtTransition || compareHex(a, b),
    );
  const [first] = waiting;
  if (first === undefined) return;
  reach(world, 'R23');
  first[1].successor = nodeId;
}

/** Step 8. SPEC.md §6.4. */
export function placeNodes(
  world: World,
  {ended, epoch, rules}: {readonly ended: number; readonly epoch: number; readonly rules: Rules},
): void {
  const {state} = world;
  const newcomers = new Map<number, number>();
  const isOpen = ({id, size}: Swarm): boolean =>
    size < SMALL || rules.seatsPerEpoch === 0 || (newcomers.get(id) ?? 0) < rules.seatsPerEpoch;
  for (const [nodeId, node] of allNodes(state)) {
    const isCandidate = node.status === ACTIVE || isReturning(node);
    if (!isCandidate || hasSeat(node) || node.registeredEpoch >= ended) continue;
    const swarmId = chooseSwarm(world, [nodeId, node], isOpen);
    if (swarmId === undefined) {
      reach(world, 'R21');
      continue;
    }
    reach(world, 'R19', 'R22');
    newcomers.set(swarmId, (newcomers.get(swarmId) ?? 0) + 1);
    becomeSuccessor(world, nodeId, swarmId);
    node.seat = JOINING;
    node.swarmId = swarmId;
    node.since = epoch;
    node.joiningEpochs = 0;
  }
}
