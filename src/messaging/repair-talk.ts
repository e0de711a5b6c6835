import type {NodeId} from '../protocol/bytes.ts';
import type {MemberRequest} from '../protocol/overlay/member-protocol.ts';
import {MessagingError} from './errors.ts';
import type {MemberCaller} from './ports.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** Requests of which nothing comes: digests that never agree, lists of what is not there. */
const FRUITLESS_REQUESTS = 4096;
/** As many more for each operation that comes or goes: to find it takes two for each halving. */
const REQUESTS_AN_OPERATION = 64;

type Listing = Extract<MemberRequest, {readonly type: 'digest' | 'stamps'}>;

/**
 * What one member is asked about where its operations and the own ones differ. One whose digests are false
 * would have every ms compared. SPEC.md §15.8.
 */
export class RepairTalk {
  readonly member: NodeId;
  readonly signal: AbortSignal;
  readonly #members: MemberCaller;
  #left = FRUITLESS_REQUESTS;

  constructor(members: MemberCaller, member: NodeId, signal: AbortSignal) {
    this.#members = members;
    this.member = member;
    this.signal = signal;
  }

  /** @throws MessagingError MESSAGING_OTHER_SET when too much was asked in vain, NetworkError, RemoteError */
  ask<T extends Listing['type']>(request: Extract<Listing, {readonly type: T}>) {
    if (this.#left === 0)
      throw new MessagingError('MESSAGING_OTHER_SET', {reason: 'asked in vain'});
    this.#left -= 1;
    const options = {signal: this.signal, timeoutMs: REQUEST_TIMEOUT_MS};
    return this.#members.call<T>(this.member, request, options);
  }

  /** So many operations came of it. */
  moved(operations: number): void {
    this.#left += operations * REQUESTS_AN_OPERATION;
  }
}
