import {txIdOf} from '../client/transactions.ts';
import {idToString} from '../crypto/ids.ts';
import type {DutiesInfo, DutyRecord} from '../protocol/api.ts';
import type {DutyId, DutyLedger} from './duty-ledger.ts';

/** The duties of one epoch, as the API names them. */
export function dutyIds(epoch: bigint): Readonly<Record<keyof DutiesInfo['accepted'], DutyId>> {
  return {
    roundA: {epoch, kind: 'storageCommitment', revision: 0},
    roundB: {epoch, kind: 'storageCommitment', revision: 1},
    answer: {epoch, kind: 'uptimeResponse', revision: 0},
  };
}

/** A trace of this key on the chain that this node did not leave. */
export type ForeignTrace = {
  readonly epoch: bigint;
  readonly what: 'roundA' | 'roundB' | 'answer' | 'reveal';
};

async function isOwn(ledger: DutyLedger, id: DutyId, {txId}: DutyRecord): Promise<boolean> {
  const bytes = await ledger.get(id);
  return bytes !== undefined && idToString(txIdOf(bytes)) === txId;
}

/**
 * Looks for a sign that the node's key signs elsewhere too: an accepted duty of other bytes than
 * this node's, or a reveal that it did not make. `tipPosition` is the position of the chain's tip
 * in this node's hash chain of `steps` steps; a new node is registered with the last one.
 */
export async function findForeignTrace(
  duties: DutiesInfo,
  ledger: DutyLedger,
  {tipPosition, steps}: {readonly tipPosition: number; readonly steps: number},
): Promise<ForeignTrace | undefined> {
  const epoch = BigInt(duties.epoch);
  const takenOver = await ledger.takenOver();
  if (takenOver !== undefined && epoch <= takenOver) return undefined;
  for (const [what, id] of Object.entries(dutyIds(epoch))) {
    const record = duties.accepted[what as keyof DutiesInfo['accepted']];
    if (record !== null && !(await isOwn(ledger, id, record))) {
      return {epoch, what: what as keyof DutiesInfo['accepted']};
    }
  }
  const lowest = (await ledger.lowestReveal()) ?? steps;
  return tipPosition < lowest ? {epoch, what: 'reveal'} : undefined;
}
