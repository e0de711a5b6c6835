import {MAX_SWARM_EXPONENT} from '../protocol/chain/limits.ts';
import {type CodecValue, encode, list, struct, u8, u32, u64, versioned} from '../protocol/codec.ts';
import {currentNote, noteKey} from './local-notes.ts';
import type {Holders, SwarmStanding} from './ports.ts';
import type {RecordStore} from './record-store.ts';

/** Since when swarms of others are served, in transitions of the chain; as of which table. */
const HandedOver = versioned(
  0,
  struct('HandedOver', {
    transitions: u64,
    swarmExponent: u8,
    swarms: list(struct('ServedSwarm', {swarmId: u32, since: u64}), {
      maxLength: 2 ** MAX_SWARM_EXPONENT,
    }),
  }),
);
type HandedOver = CodecValue<typeof HandedOver>;
const KEY = noteKey('handedOver');

const NONE: ReadonlyMap<number, bigint> = new Map();

/** Whether one table is what another was, or the next one with as many swarms. */
function isFollowed(before: HandedOver, {transitions, swarmExponent}: Holders): boolean {
  const isNear = transitions === before.transitions || transitions === before.transitions + 1n;
  return isNear && swarmExponent === before.swarmExponent;
}

/**
 * From which transition on a swarm of others counts as served: this one, unless it has come about or
 * was restarted in it. Its members then serve before anybody has answered its W.
 */
function servedSince(
  {isServed, restartedAt}: SwarmStanding,
  known: bigint | undefined,
  {epoch, transitions}: Holders,
): bigint | undefined {
  if (!isServed) return undefined;
  if (restartedAt === epoch) return transitions + 1n;
  return known ?? transitions;
}

/** What follows from a table and what was known before it. */
function turn(before: HandedOver | undefined, holders: Holders): HandedOver {
  const {transitions, swarmExponent, own} = holders;
  const isNext = before !== undefined && isFollowed(before, holders);
  const known = new Map(before?.swarms.map(({swarmId, since}) => [swarmId, since]));
  const swarms = holders.swarms.flatMap((standing, swarmId) => {
    if (swarmId === own?.swarmId || swarmId === own?.sibling) return [];
    // A table was missed, or the swarms are new ones: the next one is the first that counts.
    const from = isNext ? known.get(swarmId) : transitions + 1n;
    const since = servedSince(standing, from, holders);
    return since === undefined ? [] : [{swarmId, since}];
  });
  return {transitions, swarmExponent, swarms};
}

/**
 * Which swarms' inboxes this node need not hold any more: those of swarms that are not its own, one
 * epoch after more than half of their members answered W. Chain-rules §7, SPEC.md §15.8. It is told of
 * every epoch's table, and what it counts is on disk before anything follows from it.
 */
export class HandOver {
  readonly #store: RecordStore;
  #note: HandedOver | undefined;
  #told: Holders | undefined;

  private constructor(store: RecordStore, note: HandedOver | undefined) {
    this.#store = store;
    this.#note = note;
  }

  static async open(store: RecordStore): Promise<HandOver> {
    return new HandOver(store, await currentNote(store, KEY, HandedOver));
  }

  /**
   * By swarm id, with the transition from which on it counted as served. None by a table that is older
   * than one that was seen: whoever told it has fallen behind.
   */
  async over(holders: Holders): Promise<ReadonlyMap<number, bigint>> {
    const {transitions} = holders;
    if (this.#note !== undefined && transitions < this.#note.transitions) return NONE;
    if (this.#told !== holders) {
      const note = turn(this.#note, holders);
      await this.#store.write([{type: 'put', key: KEY, value: encode(HandedOver, note)}]);
      this.#note = note;
      this.#told = holders;
    }
    const served = this.#note?.swarms ?? [];
    return new Map(
      served.filter(({since}) => since < transitions).map(({swarmId, since}) => [swarmId, since]),
    );
  }
}
