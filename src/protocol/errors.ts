/** Facts that travel with an error: numbers and short strings, never secrets or payloads. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint | boolean>>;

function describe(code: string, details: ErrorDetails): string {
  const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`);
  return facts.length === 0 ? code : `${code} (${facts.join(', ')})`;
}

/**
 * Base of every coded error. Branch on `code`; the message is derived from code and details,
 * so that it cannot drift. SPEC.md lists each code once.
 */
export class SessionError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(describe(code, details), options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A bug in this program. Nobody catches it; the process stops. */
export class InvariantError extends SessionError<'INVARIANT'> {
  constructor(what: string, details: ErrorDetails = {}) {
    super('INVARIANT', {what, ...details});
  }
}

/** Bytes or text that do not follow the format they claim. Raised by every decoder. */
export type CodecErrorCode =
  | 'CODEC_TRUNCATED'
  | 'CODEC_TRAILING_BYTES'
  | 'CODEC_LENGTH_LIMIT'
  | 'CODEC_OUT_OF_RANGE'
  | 'CODEC_UNKNOWN_TYPE'
  | 'CODEC_UNKNOWN_VERSION'
  | 'CODEC_WRONG_LENGTH'
  | 'CODEC_BAD_TEXT'
  | 'CODEC_BAD_CHECKSUM'
  | 'CODEC_BAD_PADDING';

export class CodecError extends SessionError<CodecErrorCode> {}
