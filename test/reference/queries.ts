import {compareHex, type Hex} from './hex.ts';
import {
  ACTIVE,
  BY_WISH,
  DECOMMISSIONING,
  type Duty,
  JOINING,
  type Majority,
  NO,
  NO_SEAT,
  type Node,
  SERVING,
  type State,
} from './state.ts';

/** All nodes in NodeID order. */
export function allNodes(state: State): [Hex, Node][] {
  return [...state.nodes].sort(([a], [b]) => compareHex(a, b));
}

export function nodeOf(state: State, nodeId: Hex): Node {
  const node = state.nodes.get(nodeId);
  if (node === undefined) throw new Error(`no node ${nodeId}`);
  return node;
}

export const hasSeat = ({seat}: Node): boolean => seat !== NO_SEAT;
export const isQueued = ({queuedAt}: Node): boolean => queuedAt !== undefined;

export function isReturning({status, leaving}: Node): boolean {
  return status === DECOMMISSIONING && leaving === NO;
}

export function isByWish({status, leaving}: Node): boolean {
  return status === DECOMMISSIONING && leaving === BY_WISH;
}

/** SPEC.md §5, first paragraph. */
export function hasDuties(node: Node): boolean {
  return hasSeat(node) && (node.status === ACTIVE || isByWish(node) || isReturning(node));
}

/** Whether a node that got a Duty in this epoch still has it. SPEC.md §5.4. */
export function keepsDuties(node: Node, {transitions}: State): boolean {
  return hasDuties(node) && node.fault?.transition !== transitions;
}

/** Decommissioning, neither queued nor returning. SPEC.md §6.4. */
export function isLeaving(node: Node): boolean {
  return node.status === DECOMMISSIONING && !isQueued(node) && !isReturning(node);
}

export function isServing(node: Node): boolean {
  return node.seat === SERVING && hasDuties(node);
}

export const isJoining = ({seat}: Node): boolean => seat === JOINING;

/** Whoever holds a seat in the swarm, in NodeID order. */
export function membersOf(state: State, swarmId: number): [Hex, Node][] {
  return allNodes(state).filter(([, node]) => hasSeat(node) && node.swarmId === swarmId);
}

/** `transition`: the number of the one that began the epoch that is asked about. SPEC.md §5.3. */
export function hasFreeSlot(state: State, asking: Node, transition: number): boolean {
  const members = membersOf(state, asking.swarmId);
  const slots = Math.max(1, Math.floor(members.length / 4));
  const isAway = ({maintenanceLeft, spent}: Node): boolean =>
    maintenanceLeft > 0 || spent.includes(transition);
  const others = members.filter(([, node]) => node !== asking);
  const taken = others.filter(([, node]) => isLeaving(node) || isAway(node));
  return taken.length < slots;
}

export const swarmCount = ({swarmExponent}: State): number => 2 ** swarmExponent;

export function dutiesOf(state: State, epoch: number): Duty[] {
  return state.duties.filter((duty) => duty.epoch === epoch);
}

export function dutyOf(state: State, epoch: number, nodeId: Hex): Duty | undefined {
  return state.duties.find((duty) => duty.epoch === epoch && duty.nodeId === nodeId);
}

/** Duties of a swarm in an epoch, in NodeID order. */
export function swarmDuties(state: State, epoch: number, swarmId: number): Duty[] {
  return dutiesOf(state, epoch).filter((duty) => duty.swarmId === swarmId);
}

export function majorityOf(state: State, epoch: number, swarmId: number): Majority | undefined {
  return state.majorities.find((w) => w.epoch === epoch && w.swarmId === swarmId);
}

/** The C that a member ended on. SPEC.md §7.1. */
export const endedOn = ({roundA, roundB}: Duty): Hex | undefined => (roundB ?? roundA)?.c;

/** The latest epoch before this one with SwarmEpoch records, that is, with duties. SPEC.md §5.5. */
export function previousEpoch(state: State, epoch: number): number | undefined {
  const earlier = state.duties.map((duty) => duty.epoch).filter((other) => other < epoch);
  return earlier.length === 0 ? undefined : Math.max(...earlier);
}

/** Swarms with any duty in an epoch, ascending. */
export function dutySwarms(state: State, epoch: number): number[] {
  const ids = new Set(dutiesOf(state, epoch).map(({swarmId}) => swarmId));
  return [...ids].sort((a, b) => a - b);
}
