import {dutiesOf, hasDuties, isServing, membersOf, swarmCount} from './queries.ts';
import {pastOf, SERVING, type State} from './state.ts';
import {reach, type World} from './world.ts';

/** Swarms that had a serving member when the running epoch began. */
export function servedSwarms(state: State): Set<number> {
  const duties = dutiesOf(state, state.epoch).filter(({joining}) => !joining);
  const inMaintenance = [...state.nodes.values()].filter(
    ({seat, spent}) => seat === SERVING && spent.includes(state.transitions),
  );
  return new Set([...duties, ...inMaintenance].map(({swarmId}) => swarmId));
}

/** Step 9. `served`: swarms that had a serving member in p, under their present numbers. */
export function restartSwarms(world: World, served: ReadonlySet<number>, epoch: number): void {
  const {state} = world;
  for (let swarmId = 0; swarmId < swarmCount(state); swarmId++) {
    const members = membersOf(state, swarmId)
      .map(([, node]) => node)
      .filter(hasDuties);
    const past = pastOf(state, swarmId);
    if (members.length === 0) {
      if (!served.has(swarmId)) continue;
      reach(world, 'R36');
      state.swarms.set(swarmId, {...past, unservedSince: epoch});
      continue;
    }
    if (members.some(isServing)) {
      if (past.unservedSince === undefined) continue;
      reach(world, 'R67');
      state.swarms.set(swarmId, {...past, unservedSince: undefined});
      continue;
    }
    reach(world, 'R34');
    for (const node of members) {
      node.seat = SERVING;
      node.joiningEpochs = 0;
    }
    if (!served.has(swarmId) && past.unservedSince === undefined) continue;
    reach(world, 'R35');
    state.swarms.set(swarmId, {...past, unservedSince: undefined, restartedAt: epoch});
  }
}
