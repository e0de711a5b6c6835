import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import type {KeyValueReader, WriteOperation} from '../../src/storage/kv.ts';

export const WRITERS = 8;
const PARTS = 4;

const partKey = (number: number, part: number): Uint8Array => utf8ToBytes(`part/${number}/${part}`);
const lastKey = (writer: number): Uint8Array => utf8ToBytes(`last/${writer}`);

/** Differs per number and part, in size from 100 bytes to some 4 KB too. */
function partValue(number: number, part: number): Uint8Array {
  const value = new Uint8Array(100 + ((number * 977 + part * 331) % 4000));
  for (let i = 0; i < value.length; i++) value[i] = (number * 31 + part * 7 + i * i) & 0xff;
  return value;
}

/** What the batch of a number holds: its parts, and its writer's last number. */
export function writesOf(number: number, writer: number): readonly WriteOperation[] {
  const parts = Array.from({length: PARTS}, (_, part) => ({
    type: 'put' as const,
    key: partKey(number, part),
    value: partValue(number, part),
  }));
  return [...parts, {type: 'put', key: lastKey(writer), value: utf8ToBytes(String(number))}];
}

/** Which numbers are there; throws for one of which a part is missing or wrong. */
export async function numbersIn(store: KeyValueReader): Promise<ReadonlySet<number>> {
  const parts = new Map<number, number>();
  for await (const [key, value] of store.iterate({
    gte: utf8ToBytes('part/'),
    lt: utf8ToBytes('part0'),
  })) {
    const [, number = -1, part = -1] = Buffer.from(key).toString().split('/').map(Number);
    if (!Buffer.from(value).equals(partValue(number, part))) {
      throw new Error(`part ${part} of ${number} is wrong`);
    }
    parts.set(number, (parts.get(number) ?? 0) + 1);
  }
  for (const [number, count] of parts) {
    if (count !== PARTS) throw new Error(`${number} is torn: ${count} of ${PARTS} parts`);
  }
  return new Set(parts.keys());
}

/** The last number that a writer's durable batches name. */
export async function lastOf(store: KeyValueReader, writer: number): Promise<number> {
  const value = await store.get(lastKey(writer));
  return value === undefined ? -1 : Number(Buffer.from(value).toString());
}
