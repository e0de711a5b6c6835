import {setTimeout as sleep} from 'node:timers/promises';
import {SessionError} from '../../protocol/errors.ts';

/** Methods of `rpcdb.Database`. */
export const DATABASE_METHODS = [
  'Has',
  'Get',
  'Put',
  'Delete',
  'Compact',
  'Close',
  'HealthCheck',
  'WriteBatch',
  'NewIteratorWithStartAndPrefix',
  'IteratorNext',
  'IteratorError',
  'IteratorRelease',
] as const;
export type DatabaseMethod = (typeof DATABASE_METHODS)[number];

/** Around the call: before it takes effect, or after it and before the answer. */
export type Moment = 'before' | 'after';

/** What to do with one database call. Several members combine; delay comes first. */
export type DatabaseFault = {
  readonly delayMs?: number;
  /** Wait for a promise of the test's own before the call takes effect. */
  readonly holdUntil?: Promise<unknown>;
  /** Answer a gRPC error with this text; the call has no effect. */
  readonly fail?: string;
  /** Answer this value of `rpcdb.Error`; the call has no effect. */
  readonly answer?: 'closed' | 'notFound';
  /** Break every database connection. */
  readonly cut?: Moment;
  /** SIGKILL the plugin, and go on when it is dead. */
  readonly killPlugin?: Moment;
};

export type DatabaseCallInfo = {
  readonly method: DatabaseMethod;
  /** Counts the calls of this method since the host started, from 1. */
  readonly n: number;
  /** Counts all database calls, from 1. */
  readonly total: number;
};

/** Asked before each database call; undefined lets it pass. */
export type OnDatabaseCall = (
  method: DatabaseMethod,
  n: number,
  info: DatabaseCallInfo,
) => DatabaseFault | undefined;

/** The injected failure, so that no log mistakes it for a real one. */
export class InjectedFault extends SessionError<'DEVNET_INJECTED'> {}

export type FaultActions = {cut(): void; killPlugin(): Promise<void>};

/** `rpcdb.Error` on the wire. */
export const DATABASE_ERROR = {none: 0, closed: 1, notFound: 2} as const;

/** Runs one call under a fault. */
export async function underFault<T extends object>(
  fault: DatabaseFault | undefined,
  actions: FaultActions,
  apply: () => Promise<T>,
): Promise<T | {readonly err: number}> {
  if (fault === undefined) return apply();
  if (fault.delayMs !== undefined) await sleep(fault.delayMs);
  await fault.holdUntil;
  if (fault.fail !== undefined) throw new InjectedFault('DEVNET_INJECTED', {text: fault.fail});
  if (fault.answer !== undefined) return {err: DATABASE_ERROR[fault.answer]};
  const at = async (moment: Moment): Promise<void> => {
    if (fault.killPlugin === moment) await actions.killPlugin();
    if (fault.cut === moment) actions.cut();
    const isBroken = fault.killPlugin === 'before' || fault.cut === 'before';
    if (moment === 'before' && isBroken) {
      throw new InjectedFault('DEVNET_INJECTED', {text: 'cut before the call took effect'});
    }
  };
  await at('before');
  const answer = await apply();
  await at('after');
  return answer;
}
