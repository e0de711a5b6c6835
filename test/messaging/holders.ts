import {PREFIX} from '../../src/messaging/key-space.ts';
import type {Holders} from '../../src/messaging/ports.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {bytesToHex, toSessionId} from '../../src/protocol/bytes.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';

export const SERVED = {isServed: true, restartedAt: undefined};
export const UNSERVED = {isServed: false, restartedAt: undefined};

/** The table after so many transitions, one an epoch: all other swarms are served unless it says otherwise. */
export function tableAt(
  transitions: number,
  own: number | undefined,
  over: Partial<Holders> = {},
): Holders {
  const swarmExponent = over.swarmExponent ?? 1;
  return {
    epoch: BigInt(transitions),
    transitions: BigInt(transitions),
    swarmExponent,
    own: own === undefined ? undefined : {swarmId: own},
    swarms: Array.from({length: 2 ** swarmExponent}, () => SERVED),
    ...over,
  };
}

/** Some accounts of one swarm, the same ones each time. */
export function accountsOf(swarmId: number, swarmExponent: number, count: number) {
  const all = Array.from({length: 256}, (_, number) =>
    toSessionId(new Uint8Array(33).fill(number)),
  );
  return all.filter((each) => swarmOf(each, swarmExponent) === swarmId).slice(0, count);
}

/** All that is on disk but the notes, as hex. */
export async function contentOf(store: RecordStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const [key, value] of store.iterate()) {
    if (key[0] !== PREFIX.local[0]) found.push(`${bytesToHex(key)} ${bytesToHex(value)}`);
  }
  return found;
}
