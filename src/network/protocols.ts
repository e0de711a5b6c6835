import {ClientAnswer, ClientRequest} from '../protocol/overlay/client-protocol.ts';
import {MemberAnswer, MemberRequest} from '../protocol/overlay/member-protocol.ts';
import type {RequestProtocol} from './request-protocol.ts';

/** What anybody may ask a service node. SPEC.md §15.4. */
export const CLIENT_PROTOCOL: RequestProtocol<ClientRequest, ClientAnswer> = {
  name: 'client',
  request: ClientRequest,
  answer: ClientAnswer,
  timeoutMs: 6000,
  introduces: false,
};

/** What members of one swarm ask each other. SPEC.md §15.7. */
export const MEMBER_PROTOCOL: RequestProtocol<MemberRequest, MemberAnswer> = {
  name: 'member',
  request: MemberRequest,
  answer: MemberAnswer,
  timeoutMs: 10_000,
  introduces: true,
};
