import {MAX_JOINING_EPOCHS} from '../../protocol/chain/limits.ts';
import {LEAVING, SEAT} from '../../protocol/chain/state-records.ts';
import {hasDuties, isReturning} from '../node-duties.ts';
import {decommission, type Transition} from './transition.ts';
import type {Verdict} from './verdicts.ts';

/** A returning node that times out keeps its clock when that ends earlier. */
function timeOut(t: Transition, {entry}: Verdict): void {
  const {node} = entry;
  decommission(t, entry, LEAVING.joinTimeout);
  if (isReturning(node) && node.retiresAtTransition < entry.node.retiresAtTransition) {
    entry.node = {...entry.node, retiresAtTransition: node.retiresAtTransition};
  }
}

/** Joining members that answered W serve; those that never do are decommissioned. SPEC.md §7.10. */
export function promoteJoining(t: Transition, verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts) {
    const {entry, swarmId, hasAnswered} = verdict;
    if (!verdict.joining || !hasDuties(entry.node)) continue;
    if (t.swarms.get(swarmId)?.w === undefined) continue;
    if (hasAnswered) {
      entry.node = {...entry.node, seat: SEAT.serving, joiningEpochs: 0};
    } else if (t.ended.answersClosed) {
      const joiningEpochs = entry.node.joiningEpochs + 1;
      entry.node = {...entry.node, joiningEpochs};
      if (joiningEpochs >= MAX_JOINING_EPOCHS) timeOut(t, verdict);
    }
  }
}
