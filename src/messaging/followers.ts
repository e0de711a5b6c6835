import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {MAX_OPERATIONS, type Operation} from '../protocol/overlay/member-protocol.ts';
import type {Hints} from './hints.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberCaller} from './ports.ts';
import {MOST_OPERATION_BYTES, sizeOf} from './serve-operations.ts';

/** How long a write waits for others that go to the same member. */
const GATHER_MS = 200;
const REQUEST_TIMEOUT_MS = 5000;

export type FollowersParts = {
  readonly members: MemberCaller;
  readonly health: MemberHealth;
  readonly hints: Hints;
  /** Errors of work that nobody waits for. */
  readonly onError: (error: unknown) => void;
};

/** What one member has not been given yet. */
type Backlog = {
  readonly member: NodeId;
  operations: Operation[];
  bytes: number;
  /** The request that is under way. */
  sending: Promise<void> | undefined;
};

/**
 * Takes writes that a majority has to the members that were not in it: many at a time, without a receipt,
 * which costs them a fraction of a write each. Whatever does not arrive becomes a hint.
 */
export class Followers {
  readonly #parts: FollowersParts;
  readonly #backlogs = new Map<string, Backlog>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: FollowersParts) {
    this.#parts = parts;
  }

  /** The operation is on this member's disk. */
  add(members: readonly NodeId[], operation: Operation): void {
    for (const member of members) this.#addTo(this.#backlogOf(member), operation);
    if (members.length > 0) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.sendAll(), GATHER_MS);
  }

  #backlogOf(member: NodeId): Backlog {
    const name = bytesToKey(member);
    const known = this.#backlogs.get(name);
    if (known !== undefined) return known;
    const made: Backlog = {member, operations: [], bytes: 0, sending: undefined};
    this.#backlogs.set(name, made);
    return made;
  }

  #addTo(backlog: Backlog, operation: Operation): void {
    const bytes = sizeOf(operation);
    const isFull =
      backlog.operations.length === MAX_OPERATIONS || backlog.bytes + bytes > MOST_OPERATION_BYTES;
    if (isFull && backlog.sending !== undefined)
      void this.#remember(backlog.member, takeAll(backlog));
    else if (isFull) void this.#send(backlog);
    backlog.operations.push(operation);
    backlog.bytes += bytes;
  }

  /** Sends all that waits, without waiting for more. Never rejects. */
  async sendAll(): Promise<void> {
    this.#stopTimer();
    await Promise.all([...this.#backlogs.values()].map((backlog) => this.#send(backlog)));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One request at a time to each member. Never rejects. */
  async #send(backlog: Backlog): Promise<void> {
    while (backlog.sending !== undefined) await backlog.sending;
    const operations = takeAll(backlog);
    if (operations.length === 0) return;
    backlog.sending = this.#deliver(backlog.member, operations);
    await backlog.sending;
    backlog.sending = undefined;
  }

  /** The disk keeps what is sent in vain. Never rejects. */
  async #deliver(member: NodeId, operations: readonly Operation[]): Promise<void> {
    const {members, health} = this.#parts;
    if (!health.isUp(member)) return this.#remember(member, operations);
    try {
      const value = {operations: [...operations]};
      await members.call(member, {type: 'deliver', value}, {timeoutMs: REQUEST_TIMEOUT_MS});
      health.heard(member);
    } catch {
      health.failed(member);
      await this.#remember(member, operations);
    }
  }

  async #remember(member: NodeId, operations: readonly Operation[]): Promise<void> {
    const {hints, onError} = this.#parts;
    const stamps = operations.map(({stamp}) => stamp);
    await hints.add([member], stamps).catch(onError);
  }

  /** Writes down what waits or is sent in vain, as hints: for a node that stops. */
  async settle(): Promise<void> {
    this.#stopTimer();
    for (const backlog of this.#backlogs.values()) {
      await backlog.sending;
      const operations = takeAll(backlog);
      if (operations.length > 0) await this.#remember(backlog.member, operations);
    }
  }
}

function takeAll(backlog: Backlog): readonly Operation[] {
  const {operations} = backlog;
  backlog.operations = [];
  backlog.bytes = 0;
  return operations;
}
