import {SessionError} from '../protocol/errors.ts';

/** Why a transaction is refused. SPEC.md §9. */
export type TxErrorCode =
  | 'TX_WRONG_CHAIN'
  | 'TX_WRONG_NONCE'
  | 'TX_FEE_TOO_LOW'
  | 'TX_EXPIRED'
  | 'TX_KEY_MISSING'
  | 'TX_KEY_UNEXPECTED'
  | 'TX_KEY_MISMATCH'
  | 'TX_INVALID_SIGNATURE'
  | 'TX_INSUFFICIENT_BALANCE'
  | 'TX_AMOUNT_ZERO'
  | 'TX_STAKE_BELOW_MINIMUM'
  | 'TX_NODE_ID_MISMATCH'
  | 'TX_INVALID_ENCRYPTION_KEY'
  | 'TX_NODE_REGISTERED'
  | 'TX_NODE_UNKNOWN'
  | 'TX_NOT_OWNER'
  | 'TX_ALREADY_LEAVING'
  | 'TX_WRONG_REVISION'
  | 'TX_WRONG_EPOCH'
  | 'TX_WRONG_PHASE'
  | 'TX_NO_DUTY'
  | 'TX_WRONG_SWARM'
  | 'TX_DUPLICATE_DUTY'
  | 'TX_INVALID_SET'
  | 'TX_REVEAL_FORM'
  | 'TX_WRONG_REVEAL'
  | 'TX_NO_ROUND_A'
  | 'TX_UNKNOWN_SET'
  | 'TX_ANSWER_FORM'
  | 'TX_ALREADY_KNOWN'
  | 'TX_MEMPOOL_FULL'
  | 'TX_REPLACEMENT_UNDERPRICED'
  | 'TX_REPLACED';

export class TxError extends SessionError<TxErrorCode> {}

/** Why a block is invalid, or cannot be built. SPEC.md §9. */
export type BlockErrorCode =
  | 'BLOCK_MALFORMED'
  | 'BLOCK_MISSING_PARENT'
  | 'BLOCK_WRONG_HEIGHT'
  | 'BLOCK_TOO_EARLY'
  | 'BLOCK_TOO_FAR_AHEAD'
  | 'BLOCK_EMPTY'
  | 'BLOCK_ACCOUNT_BYTES'
  | 'BLOCK_DUPLICATE_TX'
  | 'BLOCK_INVALID_TX'
  | 'BLOCK_WRONG_STATE_ROOT'
  | 'BLOCK_UNKNOWN'
  | 'BLOCK_NOT_NEXT'
  | 'BLOCK_NOTHING_TO_BUILD';

export class BlockError extends SessionError<BlockErrorCode> {}
