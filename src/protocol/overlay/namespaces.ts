import type {SessionId} from '../bytes.ts';

/** One namespace of one inbox. */
export type InboxRef = {readonly account: SessionId; readonly namespace: number};

/** Who may do what in a namespace: Session's rules. Messenger anchors §1.2, SPEC.md §15.5. */
export type NamespaceKind =
  /** n mod 10 = 0: anybody deposits, the owner reads. */
  | 'publicInbox'
  /** −1, −21, −41 …: the owner writes, anybody reads; holds one record. */
  | 'publicOutbox'
  /** All others: the owner alone. */
  | 'private';

/** Where contact cards are published. */
export const OUTBOX_NAMESPACE = -1;
/** Direct messages. */
export const DEFAULT_NAMESPACE = 0;

export const MIN_TTL_MS = 10_000n;
const DAY_MS = 86_400_000n;
const OUTBOX_STEP = 20;
const INBOX_STEP = 10;

export function namespaceKind(namespace: number): NamespaceKind {
  if (namespace % INBOX_STEP === 0) return 'publicInbox';
  if (namespace < 0 && (-namespace - 1) % OUTBOX_STEP === 0) return 'publicOutbox';
  return 'private';
}

/** Longest lifetime of a record, in ms: 14 days where strangers write, else 30. */
export function maxTtlMs(namespace: number): bigint {
  return namespaceKind(namespace) === 'publicInbox' ? 14n * DAY_MS : 30n * DAY_MS;
}
