import {sha256} from '../crypto/hash.ts';
import {type BlockId, bytesToKey, toBlockId} from '../protocol/bytes.ts';
import {Block} from '../protocol/chain/block.ts';
import {decode, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {BlockError} from './errors.ts';
import {type ParsedTx, parseTx} from './parsed-tx.ts';

/** A block with the bytes it came in, its id, and its transactions decoded. */
export type ParsedBlock = Omit<Block, 'txs'> & {
  readonly id: BlockId;
  readonly bytes: Uint8Array;
  readonly txs: readonly ParsedTx[];
};

function parseTxs(encoded: readonly Uint8Array[]): readonly ParsedTx[] {
  const seen = new Set<string>();
  return encoded.map((bytes) => {
    const tx = parseTx(bytes);
    const id = bytesToKey(tx.id);
    if (seen.has(id)) throw new BlockError('BLOCK_DUPLICATE_TX');
    seen.add(id);
    return tx;
  });
}

/**
 * Pure function of the bytes: no parent, no state, any height. Host-protocol §3.3.
 * @throws BlockError BLOCK_MALFORMED (cause: the CodecError) or BLOCK_DUPLICATE_TX.
 */
export function parseBlock(bytes: Uint8Array): ParsedBlock {
  try {
    const {txs, ...header} = decode(Block, bytes);
    return {...header, id: toBlockId(sha256(bytes)), bytes, txs: parseTxs(txs)};
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new BlockError('BLOCK_MALFORMED', {codec: cause.code}, {cause});
  }
}

/** Bytes of a block with these transactions. */
export function assembleBlock(header: Omit<Block, 'txs'>, txs: readonly ParsedTx[]): ParsedBlock {
  const bytes = encode(Block, {...header, txs: txs.map((tx) => tx.bytes)});
  return {...header, id: toBlockId(sha256(bytes)), bytes, txs};
}
