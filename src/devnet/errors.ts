import {SessionError} from '../protocol/errors.ts';

/** What may go wrong in a local network. None of it says anything about a real host. */
export type DevnetErrorCode =
  /** The plugin file could not be started at all. */
  | 'DEVNET_SPAWN'
  /** No handshake in time, or the process ended before it. */
  | 'DEVNET_HANDSHAKE'
  /** The plugin announced another protocol number than this host plays. */
  | 'DEVNET_PROTOCOL'
  /** A call to the plugin ended with a gRPC status other than OK. */
  | 'DEVNET_CALL'
  /** The plugin answered against the protocol: wrong count, missing timestamp, message 0. */
  | 'DEVNET_ANSWER'
  /** Called in a state in which a host cannot do it. */
  | 'DEVNET_STATE'
  /** The data directory is in use or holds another chain. */
  | 'DEVNET_DATA'
  /** A child process ended by itself, or did not do its part in time. */
  | 'DEVNET_CHILD'
  /** A check of the demo failed; `check` names it. */
  | 'DEVNET_CHECK';

export class DevnetError extends SessionError<DevnetErrorCode> {}
