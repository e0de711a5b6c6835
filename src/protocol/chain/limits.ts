/** Longest encoded block, in bytes: the hosts' frames are 2 MiB. */
export const MAX_BLOCK_BYTES = 1_500_000;

/** Longest encoded transaction, in bytes. */
export const MAX_TX_BYTES = 65_536;

/** While a window is open, what the account transactions of one block take together, in bytes. */
export const MAX_ACCOUNT_BYTES_IN_WINDOW = MAX_BLOCK_BYTES / 4;

/** Longest genesis, in bytes: the limit of the hosts' CreateChainTx. Also of upgrade bytes. */
export const MAX_GENESIS_BYTES = 1_048_576;

/** Upgrades of one chain. */
export const MAX_UPGRADES = 64;

/** Steps of a node's commit-reveal hash chain. */
export const HASH_CHAIN_STEPS = 2 ** 17;

/** `swarmId` of a node without a seat. */
export const UNASSIGNED_SWARM = 0xffff_ffff;

/** Misses after which a node is decommissioned: half of its principal is gone then. */
export const MAX_MISSES = 100;

/** One miss burns principal / 200 (0.5 %). */
export const MISS_DIVISOR = 200n;

/** Epochs from Decommissioning to Retired. */
export const DECOMMISSION_EPOCHS = 24n;

/** How many judged epochs an uptime score looks back. */
export const SCORE_EPOCHS = 720;

/** Full uptime score, in basis points. */
export const FULL_SCORE = 10_000;

/** Bytes of a chunk of the possession challenge, and how many chunks are drawn. */
export const CHUNK_BYTES = 1024;
export const CHALLENGE_CHUNKS = 4096;

/** Bitmaps in duty transactions, in bytes: dissent by member order, witness reports by target order. */
export const MAX_DISSENT_BYTES = 2048;
export const MAX_WITNESS_BYTES = 128;
