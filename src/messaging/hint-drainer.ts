import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import type {Hints} from './hints.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberRecords} from './member-records.ts';
import {type MemberCaller, type SwarmState, writersOf} from './ports.ts';
import {operationsOf} from './serve-operations.ts';

const HINTS_AT_ONCE = 200;
const REQUEST_TIMEOUT_MS = 5000;

/** Takes to each member what it had not got, as soon as it is there again. */
export class HintDrainer {
  readonly #records: MemberRecords;
  readonly #hints: Hints;
  readonly #members: MemberCaller;
  readonly #health: MemberHealth;
  /** Members whose round is under way. */
  readonly #busy = new Set<string>();

  constructor(
    records: MemberRecords,
    {
      hints,
      members,
      health,
    }: {readonly hints: Hints; readonly members: MemberCaller; readonly health: MemberHealth},
  ) {
    this.#records = records;
    this.#hints = hints;
    this.#members = members;
    this.#health = health;
  }

  /**
   * A round for each member that something is kept for and that has none under way: one that takes long
   * holds up nobody else. Answers how many operations they took, once these rounds are over.
   */
  async run(signal: AbortSignal): Promise<number> {
    const swarm = this.#records.parts.swarms.own();
    if (swarm === undefined) return 0;
    const idle = (await this.#hints.members()).filter(
      (member) => !this.#busy.has(bytesToKey(member)),
    );
    const rounds = await Promise.allSettled(
      idle.map((member) => this.#round(member, swarm, signal)),
    );
    let delivered = 0;
    for (const round of rounds) {
      if (round.status === 'rejected') throw round.reason;
      delivered += round.value;
    }
    return delivered;
  }

  async #round(member: NodeId, swarm: SwarmState, signal: AbortSignal): Promise<number> {
    const name = bytesToKey(member);
    this.#busy.add(name);
    try {
      const isWriter = writersOf(swarm).some((each) => equalBytes(each, member));
      return isWriter ? await this.#deliver(member, signal) : await this.#forget(member);
    } finally {
      this.#busy.delete(name);
    }
  }

  async #deliver(member: NodeId, signal: AbortSignal): Promise<number> {
    let delivered = 0;
    while (!signal.aborted && this.#health.isUp(member)) {
      const stamps = await this.#hints.of(member, HINTS_AT_ONCE);
      if (stamps.length === 0) break;
      const {operations, looked} = await operationsOf(this.#records.parts.database, stamps);
      try {
        if (operations.length > 0) {
          const value = {operations: [...operations]};
          const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
          const {count} = await this.#members.call(member, {type: 'deliver', value}, options);
          delivered += count;
        }
      } catch {
        // Whatever the reason, the hints stay; an abort ends the loop above.
        this.#health.failed(member);
        break;
      }
      // Refused operations would be refused again: reconciliation sees what is missing.
      await this.#hints.remove(member, stamps.slice(0, looked));
    }
    return delivered;
  }

  /** It has left the swarm, or the merge is off: whoever took its seat pulls. */
  async #forget(member: NodeId): Promise<number> {
    for (;;) {
      const stamps = await this.#hints.of(member, HINTS_AT_ONCE);
      if (stamps.length === 0) return 0;
      await this.#hints.remove(member, stamps);
    }
  }
}
