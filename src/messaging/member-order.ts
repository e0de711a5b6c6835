import type {NodeId, SessionId} from '../protocol/bytes.ts';
import {preferenceList} from '../swarm/preference-list.ts';
import type {MemberHealth} from './member-health.ts';

export type MemberOrder = {
  /** Those to ask, in turn: as the inbox prefers them, slow ones last. */
  readonly up: readonly NodeId[];
  /** Those that did not answer lately: for when there is nobody else left. */
  readonly down: readonly NodeId[];
};

/** In which order members are asked about an inbox. */
export function memberOrder(
  account: SessionId,
  members: readonly NodeId[],
  health: MemberHealth,
): MemberOrder {
  const preferred = preferenceList(
    account,
    members.map((nodeId) => ({nodeId})),
  ).map(({nodeId}) => nodeId);
  const up = preferred.filter((member) => health.isUp(member));
  const isSlow = (member: NodeId): boolean => health.isSlow(member);
  return {
    up: [...up.filter((member) => !isSlow(member)), ...up.filter(isSlow)],
    down: preferred.filter((member) => !health.isUp(member)),
  };
}
