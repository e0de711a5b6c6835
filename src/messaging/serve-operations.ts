import type {Operation} from '../protocol/overlay/member-protocol.ts';
import {MAX_OPERATIONS} from '../protocol/overlay/member-protocol.ts';
import type {Stamp} from '../protocol/stored-record.ts';
import type {RecordDatabase} from './record-database.ts';

/** What one message between members carries of messages and signatures, in bytes. */
export const MOST_OPERATION_BYTES = 1_000_000;
/** An operation without data: its fields, and an owner's keys and signature. */
const OVERHEAD_BYTES = 6700;

/** About as many bytes as it takes in a message. */
export function sizeOf({body}: Operation): number {
  const isData = body.type === 'store' && body.value.content.type === 'data';
  const data = isData ? (body.value.content.value as Uint8Array).length : 0;
  const ids = body.type === 'delete' ? body.value.params.ids.length * 32 : 0;
  const auth = body.type === 'delete' || body.value.auth !== undefined ? OVERHEAD_BYTES : 200;
  return auth + data + ids;
}

/**
 * Operations of these stamps, as many from the first on as fit one message; unknown ones are left
 * out. `looked` says how many stamps that took.
 */
export async function operationsOf(
  database: RecordDatabase,
  stamps: readonly Stamp[],
): Promise<{readonly operations: readonly Operation[]; readonly looked: number}> {
  const operations: Operation[] = [];
  let bytes = 0;
  let looked = 0;
  for (const stamp of stamps) {
    if (operations.length >= MAX_OPERATIONS) break;
    const operation = await database.operation(stamp);
    if (operation !== undefined) {
      bytes += sizeOf(operation);
      if (bytes > MOST_OPERATION_BYTES && operations.length > 0) break;
      operations.push(operation);
    }
    looked += 1;
  }
  return {operations, looked};
}
