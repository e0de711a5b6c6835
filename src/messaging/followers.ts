import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {MAX_OPERATIONS, type Operation} from '../protocol/overlay/member-protocol.ts';
import type {Hints} from './hints.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberCaller} from './ports.ts';
import {MOST_OPERATION_BYTES, sizeOf} from './serve-operations.ts';

/** How long a write waits at most for others that go to the same member, unless that one is slow. */
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
 *
 * Members have turns: all of them writing a batch at once would hold up what comes meanwhile. Only a full
 * batch does not wait for its turn.
 */
export class Followers {
  readonly #parts: FollowersParts;
  readonly #backlogs = new Map<string, Backlog>();
  /** Those with something to send, in the order of their turns. */
  readonly #waiting = new Set<Backlog>();
  /** The most that have waited since nobody did. */
  #sharers = 0;
  /** The next turn. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Infinity;

  constructor(parts: FollowersParts) {
    this.#parts = parts;
  }

  /** The operation is on this member's disk. */
  add(members: readonly NodeId[], operation: Operation): void {
    for (const member of members) this.#addTo(this.#backlogOf(member), operation);
    this.#schedule();
  }

  /** Members share the time that a write may wait, also with those that have just had their turn. */
  #schedule(): void {
    const waiting = this.#waiting.size;
    this.#sharers = waiting === 0 ? 0 : Math.max(this.#sharers, waiting);
    if (waiting === 0) return;
    const waitMs = GATHER_MS / this.#sharers;
    const dueMs = performance.now() + waitMs;
    if (this.#dueMs <= dueMs) return;
    // More share the time than when the turn was set.
    this.#stopTimer();
    this.#timer = setTimeout(() => void this.sendNext(), waitMs);
    this.#dueMs = dueMs;
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
    if (backlog.sending === undefined) this.#waiting.add(backlog);
  }

  /** Sends what waits for the member whose turn it is. Never rejects; false when nothing waited. */
  async sendNext(): Promise<boolean> {
    this.#stopTimer();
    const [next] = this.#waiting;
    if (next === undefined) return false;
    const sent = this.#send(next);
    this.#schedule();
    await sent;
    return true;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#dueMs = Infinity;
  }

  /** One request at a time to each member. Never rejects. */
  async #send(backlog: Backlog): Promise<void> {
    this.#waiting.delete(backlog);
    const operations = takeAll(backlog);
    backlog.sending = this.#deliver(backlog.member, operations);
    await backlog.sending;
    backlog.sending = undefined;
    if (backlog.operations.length === 0) return;
    this.#waiting.add(backlog);
    this.#schedule();
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
    this.#waiting.clear();
    await Promise.all([...this.#backlogs.values()].map((backlog) => this.#writeDown(backlog)));
  }

  async #writeDown(backlog: Backlog): Promise<void> {
    await backlog.sending;
    this.#waiting.delete(backlog);
    const operations = takeAll(backlog);
    if (operations.length > 0) await this.#remember(backlog.member, operations);
  }
}

function takeAll(backlog: Backlog): readonly Operation[] {
  const {operations} = backlog;
  backlog.operations = [];
  backlog.bytes = 0;
  return operations;
}
