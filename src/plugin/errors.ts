import {SessionError} from '../protocol/errors.ts';

/** What the plugin answers its node besides the errors of the chain. SPEC.md §9. */
export type PluginErrorCode =
  /** Started as no node would start it. */
  | 'PLUGIN_NO_ENGINE'
  /** The node speaks ZAP, which this version does not. */
  | 'PLUGIN_ZAP'
  /** No protocol number that this program knows; `set` says how to force one. */
  | 'PLUGIN_PROTOCOL'
  /** The node refused the handshake, or did not answer it. */
  | 'PLUGIN_HANDSHAKE'
  | 'PLUGIN_NOT_INITIALIZED'
  | 'PLUGIN_ALREADY_INITIALIZED'
  | 'PLUGIN_STOPPED'
  /** The node gave up waiting. */
  | 'PLUGIN_CANCELLED'
  /** A request with a field that no host may send; `field` names it. */
  | 'PLUGIN_BAD_REQUEST'
  /** Operator settings (config bytes); `path` names the setting. */
  | 'PLUGIN_CONFIG_INVALID'
  /** Upgrade bytes that differ from what accepted blocks were made under; `problem` and `do` say how. */
  | 'PLUGIN_UPGRADE_CONTRADICTS'
  /** What Health says of a chain that is not well. */
  | 'PLUGIN_UNHEALTHY';

export class PluginError extends SessionError<PluginErrorCode> {}

/** Why a question to another node of the chain has no answer. SPEC.md §12. */
export type PeerErrorCode =
  /** Not connected, or not any more. */
  | 'PEER_DISCONNECTED'
  /** As many requests are open as may be, in all or to this node. */
  | 'PEER_BUSY'
  /** Neither an answer nor a failure came in time. */
  | 'PEER_TIMEOUT'
  /** The node that carries it gave up, or the peer refused; `code` is theirs. */
  | 'PEER_FAILED'
  /** Bytes that are no answer to this question. */
  | 'PEER_BAD_ANSWER'
  /** The asker's signal. */
  | 'PEER_CANCELLED'
  /** The chain is being closed. */
  | 'PEER_STOPPED';

export class PeerError extends SessionError<PeerErrorCode> {}

/** Why the chain's database cannot be used. SPEC.md §12. */
export type ChainStoreErrorCode =
  /** Written by another version of this program. */
  | 'CHAIN_STORE_UNKNOWN_FORMAT'
  /** Of another network or chain id. */
  | 'CHAIN_STORE_WRONG_CHAIN'
  /** Of a chain with other genesis bytes. */
  | 'CHAIN_STORE_WRONG_GENESIS'
  /** Not empty, and not ours. */
  | 'CHAIN_STORE_FOREIGN_DATA'
  /** Entries are missing or do not fit together. */
  | 'CHAIN_STORE_CORRUPT'
  /** A write failed: nothing is accepted any more until the node restarts the plugin. */
  | 'CHAIN_STORE_FAILED';

export class ChainStoreError extends SessionError<ChainStoreErrorCode> {}
