import {allNodes, hasDuties, isJoining} from './queries.ts';
import type {Node} from './state.ts';
import {reach, type World} from './world.ts';

const YEAR_TRANSITIONS = 720;

/** Whether the node spends this epoch in maintenance, which is then written down. */
function takesMaintenance(node: Node, epoch: number, transition: number): boolean {
  node.spent = node.spent.filter((t) => t + YEAR_TRANSITIONS > transition);
  if (node.maintenanceLeft === 0 || node.maintenanceFrom > epoch) return false;
  node.maintenanceLeft -= 1;
  node.spent.push(transition);
  return true;
}

/** Step 12. SPEC.md §6.10. */
export function giveDuties(
  world: World,
  {epoch, transition}: {readonly epoch: number; readonly transition: number},
): void {
  const {state} = world;
  for (const [nodeId, node] of allNodes(state)) {
    if (!hasDuties(node)) continue;
    if (takesMaintenance(node, epoch, transition)) {
      reach(world, 'R37');
      continue;
    }
    reach(world, 'R38');
    state.duties.push({
      epoch,
      swarmId: node.swarmId,
      nodeId,
      joining: isJoining(node),
      roundA: undefined,
      reveal: undefined,
      dissent: '',
      roundB: undefined,
      answer: undefined,
      before: undefined,
    });
  }
}
