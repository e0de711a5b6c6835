/**
 * How the JSON-RPC API carries values: bytes are 0x-hex; ids of chains, blocks and transactions are
 * CB58; node ids `NodeID-…`; accounts 0x-hex; u64 amounts, heights and epochs are decimal strings;
 * instants are Unix ms (numbers) unless the name says seconds.
 */
export type U64Text = string;

/** A page: `cursor` is absent on the last one; hand it back to go on. */
export type Page<Item> = {readonly items: readonly Item[]; readonly cursor?: string};
