import {transportKeys} from '../state/node-notes.ts';
import {findEntry, type Transition} from './transition.ts';

/** New hash chain tips take effect, and replaced transport keys end. SPEC.md §6.3, step 10. */
export function turnKeys(t: Transition): void {
  const {state, transitions} = t;
  for (const [nodeId, record] of [...transportKeys.entries(state)]) {
    const {nextHashChainTip} = record;
    const hasEnded = record.previousKey !== undefined && record.previousUntil <= transitions;
    if (nextHashChainTip === undefined && !hasEnded) continue;
    const entry = findEntry(t, nodeId);
    if (entry !== undefined && nextHashChainTip !== undefined) {
      entry.node = {...entry.node, hashChainTip: nextHashChainTip};
    }
    transportKeys.put(state, nodeId, {
      ...record,
      ...(hasEnded ? {previousKey: undefined, previousUntil: 0n} : {}),
      nextHashChainTip: undefined,
    });
  }
}
