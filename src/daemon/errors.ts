import {SessionError} from '../protocol/errors.ts';

/** Why a service node stops, or cannot start. SPEC.md §9. */
export type DaemonErrorCode =
  /** The chain has accepted a duty of this key that this node's ledger does not know. */
  | 'DAEMON_KEY_IN_USE_ELSEWHERE'
  /** The ledger already holds other bytes for this duty: sending these would be equivocation. */
  | 'DAEMON_ALREADY_SIGNED'
  /** The chain knows this node with another hash chain than the one of its key file. */
  | 'DAEMON_HASH_CHAIN_MISMATCH'
  /** All 2^17 reveals are spent; the node needs a new hash chain. */
  | 'DAEMON_HASH_CHAIN_SPENT'
  /** The key file holds as many rotations as it may, and all are in use. */
  | 'DAEMON_TOO_MANY_ROTATIONS'
  /** A server of this node cannot listen; `setting` names what to change. */
  | 'DAEMON_LISTEN_FAILED';

export class DaemonError extends SessionError<DaemonErrorCode> {}

/** The operator's settings are wrong; `path` names the field. */
export class ConfigError extends SessionError<'CONFIG_INVALID'> {}

/** Of a node that is not in the registry, and that nobody will put there. */
export function ownerMissing(): ConfigError {
  return new ConfigError('CONFIG_INVALID', {
    path: 'owner',
    expected: 'must name who registers this node: --owner-key FILE, or --owner ADDRESS',
  });
}
