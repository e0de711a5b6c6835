import {SessionError} from '../protocol/errors.ts';

/** What is wrong with a member's own records. SPEC.md §9. */
export type MessagingErrorCode =
  /** An entry has no message beside it, or one of another size: the database is damaged. */
  | 'MESSAGING_RECORD_DAMAGED'
  | 'MESSAGING_RECORD_TOO_LARGE'
  /** The database's set at the cut-off is not the one that is asked about. */
  | 'MESSAGING_OTHER_SET';

export class MessagingError extends SessionError<MessagingErrorCode> {}
