import {SessionError} from '../protocol/errors.ts';

/** What a service node refuses, or cannot do with its own records. SPEC.md §9. */
export type MessagingErrorCode =
  /** An entry has no message beside it, or one of another size: the database is damaged. */
  | 'MESSAGING_RECORD_DAMAGED'
  /** The database's set at the cut-off is not the one that is asked about. */
  | 'MESSAGING_OTHER_SET'
  /** The inbox belongs to another swarm: the facts name it. */
  | 'MESSAGING_WRONG_SWARM'
  /** This node has no seat, or has not heard of its chain yet. */
  | 'MESSAGING_NOT_READY'
  | 'MESSAGING_BAD_TTL'
  /** The sender's clock leads ours, or what is to be stored has expired already. */
  | 'MESSAGING_BAD_TIME'
  /** A stamp too far from the member's own clock. */
  | 'MESSAGING_BAD_STAMP'
  /** Two different operations under one stamp. */
  | 'MESSAGING_STAMP_REUSED'
  /** The owner's signature is needed here. */
  | 'MESSAGING_AUTH_REQUIRED'
  | 'MESSAGING_BAD_SIGNATURE'
  /** The owner's keys are not known here: ask again with them. */
  | 'MESSAGING_KEYS_NEEDED'
  /** The keys are not those of the account. */
  | 'MESSAGING_WRONG_KEYS'
  | 'MESSAGING_REPLAYED'
  | 'MESSAGING_REQUEST_EXPIRED'
  /** A limit of one request: records, bytes or ids of a page. */
  | 'MESSAGING_BAD_LIMIT'
  /** Too many operations on one id. */
  | 'MESSAGING_TOO_MANY_CHANGES'
  /** The node's storage is nearly used up: nothing new is taken. */
  | 'MESSAGING_STORAGE_FULL'
  /** No majority of the swarm answered in time; the write may still take effect. */
  | 'MESSAGING_NO_MAJORITY'
  | 'MESSAGING_NOT_A_MEMBER'
  /** Nobody knows where the member is. */
  | 'MESSAGING_NOT_FOUND'
  /** The member's own database refused; `reason` says why. */
  | 'MESSAGING_STORAGE_FAILED'
  | 'MESSAGING_TOO_MANY_WATCHES';

export class MessagingError extends SessionError<MessagingErrorCode> {}
