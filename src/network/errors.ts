import {type ErrorDetails, SessionError} from '../protocol/errors.ts';

/** Why the overlay did not bring an answer. SPEC.md §9. */
export type NetworkErrorCode =
  /** No connection or stream to the peer. */
  | 'NETWORK_UNREACHABLE'
  /** No answer within the time limit; the request may have taken effect. */
  | 'NETWORK_TIMEOUT'
  /** The stream, or this overlay, closed before the answer; the request may have taken effect. */
  | 'NETWORK_CLOSED'
  /** The server's limit of requests per second for this peer; `retryMs` says when. */
  | 'NETWORK_RATE_LIMITED'
  /** Too much waits for this peer, or for this process, already. */
  | 'NETWORK_BUSY'
  /** Bytes on a stream that are no frame, or one that makes no sense there. */
  | 'NETWORK_BAD_FRAME'
  /** A frame whose request does not decode. */
  | 'NETWORK_BAD_REQUEST'
  /** An answer that does not decode. */
  | 'NETWORK_BAD_ANSWER'
  /** The peer speaks libp2p but not this protocol: another chain, or a client. */
  | 'NETWORK_WRONG_PROTOCOL'
  /** The introducing peer record names no registered node, or none that can be looked up; `problem`. */
  | 'NETWORK_UNKNOWN_PEER'
  /** The peer record is forged, of another chain or another peer, or expired; `problem` says which. */
  | 'NETWORK_BAD_PEER_RECORD'
  /** An address that is no multiaddr, or one without the peer id that is needed. */
  | 'NETWORK_BAD_ADDRESS'
  /** A listen address that cannot be used. */
  | 'NETWORK_LISTEN_FAILED'
  /** The server met an error of its own; its log says which. */
  | 'NETWORK_INTERNAL';

export class NetworkError extends SessionError<NetworkErrorCode> {}

/** What the other side refused: `code` and `details` are its own, not to be believed blindly. */
export class RemoteError extends SessionError {
  /** Who refused. */
  readonly peerId: string;

  constructor(peerId: string, code: string, details: ErrorDetails) {
    super(code, details);
    this.peerId = peerId;
  }
}
