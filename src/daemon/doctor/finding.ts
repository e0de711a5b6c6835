/** What the doctor looks at, in this order. */
export type CheckName =
  | 'key'
  | 'chain'
  | 'clock'
  | 'disk'
  | 'database'
  | 'identity'
  | 'keychain'
  | 'registration'
  | 'reachability'
  | 'epoch'
  | 'misses'
  | 'forecast';

/** `fail`: the node cannot do its work, or will be fined; `warn`: look at it. */
export type Finding = {
  readonly check: CheckName;
  readonly status: 'ok' | 'warn' | 'fail';
  /** A sentence without its full stop. */
  readonly text: string;
  /** What to do about it; null when nothing is to be done. */
  readonly advice: string | null;
};

export function ok(check: CheckName, text: string): Finding {
  return {check, status: 'ok', text, advice: null};
}

export function warn(check: CheckName, text: string, advice: string): Finding {
  return {check, status: 'warn', text, advice};
}

export function fail(check: CheckName, text: string, advice: string): Finding {
  return {check, status: 'fail', text, advice};
}
