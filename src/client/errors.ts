import {type ErrorDetails, SessionError} from '../protocol/errors.ts';

/** What keeps a client from an answer, or from asking. SPEC.md §9. */
export type ClientErrorCode =
  | 'CLIENT_UNREACHABLE'
  | 'CLIENT_TIMEOUT'
  | 'CLIENT_BAD_RESPONSE'
  | 'CLIENT_BAD_URL'
  | 'CLIENT_BAD_AMOUNT'
  | 'CLIENT_BAD_CONSENT'
  /** No node is known, or none knows where the members of a swarm are. */
  | 'CLIENT_NO_NODES'
  /** No member of the swarm could do it now; `reason` is what the last one said. */
  | 'CLIENT_NO_MEMBER'
  /** The owner of this id has published no contact card. */
  | 'CLIENT_NO_CARD'
  /** More content than one sealed message takes. */
  | 'CLIENT_SEAL_TOO_LARGE'
  /** Bytes that are no sealed message, whoever opens them. */
  | 'CLIENT_SEAL_MALFORMED'
  /** Sealed for another key or another chain, or altered: nobody can tell these apart. */
  | 'CLIENT_SEAL_NOT_OPENED'
  /** It opens, but what its sender put in is no message. */
  | 'CLIENT_SEAL_BAD_CONTENT'
  | 'CLIENT_SEAL_BAD_PADDING'
  /** The keys inside did not sign it for this recipient. */
  | 'CLIENT_SEAL_BAD_SIGNATURE'
  /** A contact card whose owner did not sign it, with a key that is none, or from the future. */
  | 'CLIENT_CARD_BAD_SIGNATURE'
  | 'CLIENT_CARD_BAD_KEY'
  | 'CLIENT_CARD_FROM_FUTURE'
  /** A good card of somebody else. */
  | 'CLIENT_CARD_WRONG_ID'
  /** A chain of the house (identities, keys) refuses; `text` is what it says. */
  | 'CLIENT_NEIGHBOUR_REFUSED'
  /** As many questions are open there as this program allows itself. */
  | 'CLIENT_NEIGHBOUR_BUSY'
  /** Text that is no DID of this method; `did` is its beginning. */
  | 'CLIENT_DID_MALFORMED'
  /** The identity chain does not know this DID. */
  | 'CLIENT_DID_UNKNOWN'
  /** Its key is not of ML-DSA-65. */
  | 'CLIENT_DID_NOT_PQ'
  /** The key does not hash to the DID, or the session id is not that of its keys. */
  | 'CLIENT_DID_WRONG_KEY'
  /** Its document names no inbox. */
  | 'CLIENT_DID_NO_SESSION'
  /** Nothing but the server's word binds the key to this DID. */
  | 'CLIENT_DID_UNVERIFIED'
  /** A bond report that nobody signed, whose sums are not in its state, or that the chain does not know. */
  | 'CLIENT_BOND_BAD_SIGNATURE'
  | 'CLIENT_BOND_BAD_PROOF'
  | 'CLIENT_BOND_OTHER_CHAIN'
  /** Too few members of the swarm vouch for a stored message. */
  | 'CLIENT_RECEIPTS_TOO_FEW'
  /** Two servers have different blocks or states at one height: one of them lies, or is on a fork. */
  | 'CLIENT_ROOTS_DISAGREE'
  /** Fewer than two of several servers said what the state root is. */
  | 'CLIENT_ROOTS_TOO_FEW'
  /** No server has a proof in this state: too old, or of another chain. */
  | 'CLIENT_STATE_NOT_AT_HAND'
  /** A server's proof does not show what it is for. */
  | 'CLIENT_PROOF_INVALID';

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
