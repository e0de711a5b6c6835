import {utf8ToBytes} from '../protocol/bytes.ts';
import {type ErrorDetails, SessionError} from '../protocol/errors.ts';
import type {Frame} from '../protocol/overlay/frame.ts';
import {NetworkError, RemoteError} from './errors.ts';

const MAX_FACTS = 8;
const MAX_NAME_BYTES = 40;
const MAX_VALUE_BYTES = 200;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
/** Others speak of this machine: its disk, its chain, its bugs. */
const PUBLIC = /^(NETWORK|MESSAGING)_/;

type ErrorValue = Extract<Frame, {readonly type: 'error'}>['value'];

/** The text up to `maxBytes` of UTF-8: three bytes hold any one unit. */
function cut(text: string, maxBytes: number): string {
  const start = text.slice(0, maxBytes).toWellFormed();
  if (utf8ToBytes(start).length <= maxBytes) return start;
  return text.slice(0, Math.floor(maxBytes / 3)).toWellFormed();
}

/** Whether the error is a refusal that the other side may read. SPEC.md §15.2. */
export function isRefusal(error: unknown): error is SessionError {
  return error instanceof SessionError && PUBLIC.test(error.code);
}

/** Code and first eight facts of a refusal; of any other error nothing but that there was one. */
export function errorFrame(id: number, error: unknown): Frame {
  const refusal = isRefusal(error) ? error : new NetworkError('NETWORK_INTERNAL');
  const facts = Object.entries(refusal.details)
    .slice(0, MAX_FACTS)
    .map(([name, value]) => ({
      name: cut(name, MAX_NAME_BYTES),
      value: cut(String(value), MAX_VALUE_BYTES),
    }));
  return {type: 'error', value: {id, code: refusal.code, facts}};
}

/** What the caller throws for an error frame. */
export function toRemoteError(peerId: string, {code, facts}: ErrorValue): Error {
  if (!CODE.test(code)) {
    return new NetworkError('NETWORK_BAD_ANSWER', {peerId, problem: 'error without a code'});
  }
  const details: ErrorDetails = Object.fromEntries(facts.map(({name, value}) => [name, value]));
  return new RemoteError(peerId, code, details);
}
