import {type ErrorDetails, SessionError} from '../protocol/errors.ts';

/** What keeps a client from an answer, or from asking. SPEC.md §9. */
export type ClientErrorCode =
  | 'CLIENT_UNREACHABLE'
  | 'CLIENT_TIMEOUT'
  | 'CLIENT_BAD_RESPONSE'
  | 'CLIENT_BAD_URL'
  | 'CLIENT_BAD_AMOUNT'
  | 'CLIENT_BAD_CONSENT';

export class ClientError extends SessionError<ClientErrorCode> {}

/**
 * A refusal by the chain's API: `code` is the server's own (`API_…`), `text` its message, `data` what
 * it added. The codes are the server's to define, so they are plain text here.
 */
export class ApiError extends SessionError<string> {
  readonly text: string;
  readonly data: unknown;

  constructor(
    code: string,
    {
      text,
      data,
      details,
    }: {readonly text: string; readonly data?: unknown; readonly details: ErrorDetails},
  ) {
    super(code, details);
    this.text = text;
    this.data = data;
  }

  /** The most exact code: why a transaction was refused (`TX_…`), else `code`. */
  get reason(): string {
    const {reason} = this.details;
    return typeof reason === 'string' ? reason : this.code;
  }
}
