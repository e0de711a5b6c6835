import {nodeIdToString} from '../../crypto/ids.ts';
import {bytesToHex, bytesToKey, type NodeId} from '../../protocol/bytes.ts';
import {bySwarm, dutiesOf} from '../../vm/epoch/duty-entries.ts';
import {runningTable} from '../../vm/epoch/witness-table.ts';
import {previousDutyEpoch} from '../../vm/state/duties.ts';
import {getEpochState} from '../../vm/state/singletons.ts';
import type {StateReader} from '../../vm/state/view.ts';

/** What stays the same all through an epoch, by bytesToKey of the node. NodeIDs as text. */
type EpochContext = {
  readonly name: string;
  /** Whom a node probes, in the order of its report's bits. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly previousEpoch: bigint | undefined;
  /** Who had duties in the previous epoch, where this node had its own. */
  readonly previousMembers: ReadonlyMap<string, readonly string[]>;
};

export type DutyContext = {
  readonly previousEpoch: string | null;
  readonly dissentMembers: readonly string[];
  readonly witnessTargets: readonly string[];
};

const textOf = ({nodeId}: {readonly nodeId: NodeId}): string => nodeIdToString(nodeId);

function targetsIn(state: StateReader): EpochContext['targets'] {
  const {witnesses, targets, targetsOf} = runningTable(state, getEpochState(state));
  const names = targets.map(textOf);
  return new Map(
    witnesses.map(({nodeId}, i) => [
      bytesToKey(nodeId),
      [...(targetsOf[i] ?? [])].flatMap((target) => names[target] ?? []),
    ]),
  );
}

function membersIn(state: StateReader, epoch: bigint): EpochContext['previousMembers'] {
  const members = new Map<string, readonly string[]>();
  for (const swarm of bySwarm(dutiesOf(state, epoch)).values()) {
    const names = swarm.map(textOf);
    for (const {nodeId} of swarm) members.set(bytesToKey(nodeId), names);
  }
  return members;
}

/** Every node asks many times an epoch, and the answer changes with the epoch alone. */
let last: EpochContext | undefined;

function contextOf(state: StateReader): EpochContext {
  const {epoch, transitions, drawn, mix, previousMix} = getEpochState(state);
  const name = `${epoch}/${transitions}/${bytesToHex(drawn ? previousMix : mix)}`;
  if (last?.name === name) return last;
  const previousEpoch = previousDutyEpoch(state, epoch);
  const previousMembers =
    previousEpoch === undefined ? new Map<string, string[]>() : membersIn(state, previousEpoch);
  last = {name, targets: targetsIn(state), previousEpoch, previousMembers};
  return last;
}

/** What a node's report and its dissent are about in the running epoch. SPEC.md §5.5, §7.5. */
export function dutyContextOf(state: StateReader, nodeId: NodeId): DutyContext {
  const {targets, previousEpoch, previousMembers} = contextOf(state);
  const key = bytesToKey(nodeId);
  return {
    previousEpoch: previousEpoch?.toString() ?? null,
    dissentMembers: previousMembers.get(key) ?? [],
    witnessTargets: targets.get(key) ?? [],
  };
}
